package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"coder-metrics-adapter/test/e2e/emulator"
)

// What a person types. A row's output matches all of its expressions, or its error does.
func TestKubectl(t *testing.T) {
	coder := startCoder(t)
	startAdapter(t, coder)
	must(t, coder.Post(t.Context(), emulator.Arrival{Count: 3, Duration: 10 * time.Minute}))
	await(t, time.Minute, "kubectl knows cpd, and demand is 3", func(ctx context.Context) error {
		value, err := control.Kubectl(ctx, "get", "cpd", "-n", namespace, "-o", "jsonpath={.items[0].value}")
		if err == nil && value != "3" {
			err = fmt.Errorf("it is %s", value)
		}
		return err
	})
	for _, row := range []struct {
		command string
		prints  []string // regular expressions, over several lines
		fails   bool
	}{
		{"api-resources --api-group=external.metrics.k8s.io", []string{
			`(?m)^coder_provisioner_demand +cpd +external\.metrics\.k8s\.io/v1beta1 +true +CoderProvisionerDemand$`,
			`(?m)^coder_provisioner_queue_depth +cpq +`}, false},
		{"get cpd -n coder -l queue=default", []string{
			`^METRIC +LABELS +VALUE +AGE\n`,
			`\ncoder_provisioner_demand +queue=default,organization=default +3 +\d+s\n$`}, false},
		{"get cpd -n coder -o wide", []string{
			`^METRIC +LABELS +VALUE +AGE +SOURCE +WINDOW\n`, ` 3 +\d+s +coder/\S+ +<none>\n$`}, false},
		{"get cpd -n coder -l queue=nowhere", []string{`^$`}, false}, // "No resources found" goes to stderr
		{"get cpd -A", []string{`^NAMESPACE +METRIC`, `\ncoder +coder_provisioner_demand +queue=default`}, false},
		{"get cpd,cpq -n coder", []string{
			`(?m)^coder_provisioner_demand +queue=default`, `(?m)^coder_provisioner_queue_depth +queue=default.*job_type=workspace_build`}, false},
		{"get coder_provisioner_demand.external.metrics.k8s.io -n coder", []string{`\ncoder_provisioner_demand `}, false},
		{"get cpd -n coder -o name", []string{`^coderprovisionerdemand\.external\.metrics\.k8s\.io/default\.default\n$`}, false},
		{"get cpd -n coder -o yaml", []string{`(?m)^  kind: CoderProvisionerDemand$`, `(?m)^  value: "3"$`, `(?m)^    namespace: coder$`}, false},
		{"get cpd -n coder -o jsonpath={.items[*].metricLabels.queue}", []string{`^default$`}, false},
		{"get cpd -n coder -o custom-columns=N:.metadata.name,V:.value --no-headers", []string{`^default\.default +3\n$`}, false},
		{"get cpd -n coder --sort-by=.value", []string{`\ncoder_provisioner_demand `}, false},
		{"get cpd default.default -n coder", []string{`\ncoder_provisioner_demand +queue=default,organization=default +3 `}, false},
		{"get cpd default.default -n coder -o jsonpath={.value}", []string{`^3$`}, false},
		{"get cpd nosuch -n coder", []string{`NotFound`, `coder_provisioner_demand\.external\.metrics\.k8s\.io "nosuch" not found`}, true},
		{"get cpd -n coder --chunk-size=1", []string{`\ncoder_provisioner_demand `}, false},
		{"get cpn -n coder", []string{`status=idle`, `status=busy`}, false}, // people add nothing up
		{"get cpn -n coder -o json", []string{`label status may not be summed`}, true},
		{"get cpn -n coder -l status=busy -o jsonpath={.items[0].value}", []string{`^3$`}, false},
		{"get cpd -n coder -l a=b=c", []string{`.`}, true},
		{"get cpd -n coder --watch", []string{`watch is not supported on resources of kind`}, true},
		{"describe cpd -n coder", []string{`(?m)^Name: +default\.default$`, `(?m)^Namespace: +coder$`, `(?m)^Value: +3$`}, false},
		{"describe cpd default.default -n coder", []string{`(?m)^Metric Name: +coder_provisioner_demand$`}, false},
		{"describe cpd -A", []string{`(?m)^Namespace: +coder$`}, false},
		{"explain cpd", []string{
			`(?m)^GROUP: +external\.metrics\.k8s\.io$`, `(?m)^KIND: +CoderProvisionerDemand$`, `(?m)^VERSION: +v1beta1$`,
			`(?m)^DESCRIPTION:\n +Provisioners that the queue's jobs need now`, `(?m)^  value\t<string> -required-$`}, false},
		{"explain coder_provisioner_daemons.metricLabels", []string{`Labels of the series: queue, organization, status \(a list`}, false},
		{"explain cpd --recursive", []string{`(?m)^    namespace\t<string>$`}, false},
		{"auth can-i get cpd -n coder", []string{`^yes\n$`}, false},
		{"delete cpd default.default -n coder", []string{`MethodNotAllowed|does not allow this method`}, true},
		{"annotate cpd default.default -n coder a=b", []string{`MethodNotAllowed|does not allow this method`}, true},
		{"get --raw " + groupVersionPath, []string{`"kind":"APIResourceList"`}, false},
		{"get --raw " + queuePath + "?pretty=true", []string{`\n  "items": \[\n`}, false},
		{"get --raw " + groupVersionPath + "/" + demand, []string{`"value":"3"`}, false},
	} {
		t.Run(row.command, func(t *testing.T) {
			output, err := control.Kubectl(t.Context(), strings.Fields(row.command)...)
			if (err != nil) != row.fails {
				t.Fatalf("error %v, output:\n%s", err, output)
			}
			if err != nil {
				output = err.Error()
			}
			for _, expression := range row.prints {
				if !regexp.MustCompile(expression).MatchString(output) {
					t.Errorf("%s is not in:\n%s", expression, output)
				}
			}
		})
	}
	t.Run("get -o json has objects", func(t *testing.T) { checkObjects(t) })
}

// checkObjects reads what scripts read.
func checkObjects(t *testing.T) {
	text, err := control.Kubectl(t.Context(), "get", "cpq", "-n", namespace, "-o", "json")
	must(t, err)
	var list struct {
		Kind  string
		Items []struct {
			APIVersion, Kind, MetricName, Value string
			Metadata                            struct{ Name, Namespace string }
		}
	}
	must(t, json.Unmarshal([]byte(text), &list))
	names := map[string]bool{}
	for _, item := range list.Items {
		names[item.Metadata.Name] = true
		if item.APIVersion != "external.metrics.k8s.io/v1beta1" || item.Kind != "CoderProvisionerQueueDepth" ||
			item.Metadata.Namespace != namespace {
			t.Errorf("got %+v", item)
		}
	}
	if len(list.Items) < 2 || len(names) != len(list.Items) {
		t.Errorf("%d items have %d names", len(list.Items), len(names))
	}
}
