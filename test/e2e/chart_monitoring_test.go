package e2e

import (
	"strings"
	"testing"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"coder-metrics-adapter/test/e2e/helm"
)

// The Prometheus Operator's objects have no field that its own types do not know. (Its definitions are not in the cluster.)
func TestChartMonitoringObjects(t *testing.T) {
	text, err := chartHelm(t).Template(t.Context(), release, manifests("chart"), helm.Only("templates/observability.yaml"),
		helm.Set("serviceMonitor.enabled=true"), helm.Set("serviceMonitor.labels.release=prometheus"), helm.Set("alerts.enabled=true"),
		helm.Set("alerts.rules={coder-metrics-adapter,capacity-node-exporter,storage}"))
	must(t, err)
	alerts, seen := 0, map[string]int{}
	for _, document := range strings.Split(text, "\n---\n") {
		var kind metav1.TypeMeta
		must(t, yaml.Unmarshal([]byte(document), &kind))
		seen[kind.Kind]++
		switch kind.Kind {
		case "ServiceMonitor":
			var monitor monitoringv1.ServiceMonitor
			must(t, yaml.UnmarshalStrict([]byte(document), &monitor))
			if endpoint := monitor.Spec.Endpoints[0]; endpoint.TLSConfig == nil || endpoint.TLSConfig.CA.Secret == nil {
				t.Errorf("the endpoint verifies nobody: %+v", endpoint)
			}
		case "PrometheusRule":
			var rule monitoringv1.PrometheusRule
			must(t, yaml.UnmarshalStrict([]byte(document), &rule))
			for _, group := range rule.Spec.Groups {
				for _, one := range group.Rules {
					if one.Alert != "" {
						alerts++
					}
				}
			}
		default:
			t.Errorf("unexpected %s", kind.Kind)
		}
	}
	if seen["ServiceMonitor"] != 1 || seen["PrometheusRule"] != 3 || alerts < 30 {
		t.Errorf("%v, %d alerts", seen, alerts)
	}
}
