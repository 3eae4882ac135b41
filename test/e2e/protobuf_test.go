package e2e

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	apidiscoveryv2 "k8s.io/api/apidiscovery/v2"
	apidiscoveryv2beta1 "k8s.io/api/apidiscovery/v2beta1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
	metricsv1beta1 "k8s.io/metrics/pkg/apis/external_metrics/v1beta1"
	externalmetrics "k8s.io/metrics/pkg/client/external_metrics"
	"sigs.k8s.io/yaml"

	"coder-metrics-adapter/test/e2e/adapter"
	"coder-metrics-adapter/test/e2e/emulator"
)

const (
	groupVersionPath = "/apis/external.metrics.k8s.io/v1beta1"
	queuePath        = groupVersionPath + "/namespaces/" + namespace + "/" + demand
	protobufType     = "application/vnd.kubernetes.protobuf"
)

// wireMessage is what every Kubernetes type with a protobuf form has.
type wireMessage interface {
	Unmarshal([]byte) error
	Marshal() ([]byte, error)
}

// Every protobuf answer is one that the real Go types read, and would have written byte for byte.
func TestProtobufIsWhatGoWrites(t *testing.T) {
	coder := startCoder(t)
	server := startAdapterAlone(t, coder)
	aggregated := func(version string) string {
		return protobufType + ";g=apidiscovery.k8s.io;v=" + version + ";as=APIGroupDiscoveryList"
	}
	for _, row := range []struct {
		path, accept string
		status       int
		kind         metav1.TypeMeta
		into         wireMessage
		check        func(t *testing.T, into wireMessage)
	}{
		{queuePath, protobufType, 200,
			typeMeta("external.metrics.k8s.io/v1beta1", "ExternalMetricValueList"), &metricsv1beta1.ExternalMetricValueList{},
			func(t *testing.T, into wireMessage) {
				items := into.(*metricsv1beta1.ExternalMetricValueList).Items
				if len(items) != 1 || items[0].MetricLabels["queue"] != "default" || items[0].Value.String() != "0" {
					t.Errorf("got %+v", items)
				}
			}},
		{groupVersionPath + "/namespaces/" + namespace + "/coder_provisioner_queue_depth", protobufType, 200,
			typeMeta("external.metrics.k8s.io/v1beta1", "ExternalMetricValueList"), &metricsv1beta1.ExternalMetricValueList{},
			func(t *testing.T, into wireMessage) {
				if items := into.(*metricsv1beta1.ExternalMetricValueList).Items; len(items) < 2 {
					t.Errorf("%d items, want one for each job type and initiator", len(items))
				}
			}},
		{groupVersionPath, protobufType, 200, typeMeta("v1", "APIResourceList"), &metav1.APIResourceList{},
			func(t *testing.T, into wireMessage) {
				for _, resource := range into.(*metav1.APIResourceList).APIResources {
					if resource.Name == demand && resource.Kind == "CoderProvisionerDemand" && resource.ShortNames[0] == "cpd" {
						return
					}
				}
				t.Errorf("%s is missing in %+v", demand, into)
			}},
		{"/apis/external.metrics.k8s.io", protobufType, 200, typeMeta("v1", "APIGroup"), &metav1.APIGroup{}, nil},
		{"/apis", protobufType, 200, typeMeta("v1", "APIGroupList"), &metav1.APIGroupList{}, nil},
		{"/apis", aggregated("v2"), 200, typeMeta("apidiscovery.k8s.io/v2", "APIGroupDiscoveryList"),
			&apidiscoveryv2.APIGroupDiscoveryList{},
			func(t *testing.T, into wireMessage) {
				if versions := into.(*apidiscoveryv2.APIGroupDiscoveryList).Items[0].Versions; len(versions[0].Resources) < 10 {
					t.Errorf("got %+v", versions)
				}
			}},
		{"/apis", aggregated("v2beta1"), 200, typeMeta("apidiscovery.k8s.io/v2beta1", "APIGroupDiscoveryList"),
			&apidiscoveryv2beta1.APIGroupDiscoveryList{}, nil},
		{queuePath + "?labelSelector=%3D", protobufType, 400, typeMeta("v1", "Status"), &metav1.Status{}, nil},
		{queuePath + "?watch=1", protobufType, 405, typeMeta("v1", "Status"), &metav1.Status{},
			func(t *testing.T, into wireMessage) {
				if details := into.(*metav1.Status).Details; details == nil || details.Group != "external.metrics.k8s.io" {
					t.Errorf("got %+v", into)
				}
			}},
		{queuePath + "?resourceVersionMatch=x", protobufType, 422, typeMeta("v1", "Status"), &metav1.Status{}, nil},
		{groupVersionPath + "/namespaces/x/nosuch", protobufType, 404, typeMeta("v1", "Status"), &metav1.Status{}, nil},
	} {
		t.Run(row.path+" as "+row.accept, func(t *testing.T) {
			status, contentType, body := ask(t, server, row.path, row.accept)
			if status != row.status || contentType != row.accept {
				t.Fatalf("%d %s: %q", status, contentType, body)
			}
			checkEnvelope(t, body, row.kind, row.into)
			if row.check != nil {
				row.check(t, row.into)
			}
		})
	}
}

func typeMeta(apiVersion, kind string) metav1.TypeMeta {
	return metav1.TypeMeta{APIVersion: apiVersion, Kind: kind}
}

// checkEnvelope decodes a body and encodes it again.
func checkEnvelope(t *testing.T, body []byte, kind metav1.TypeMeta, into wireMessage) {
	t.Helper()
	raw, found := bytes.CutPrefix(body, []byte("k8s\x00"))
	if !found {
		t.Fatalf("no magic in %q", body)
	}
	var envelope runtime.Unknown
	must(t, envelope.Unmarshal(raw))
	if envelope.APIVersion != kind.APIVersion || envelope.Kind != kind.Kind {
		t.Errorf("it is a %s of %s", envelope.Kind, envelope.APIVersion)
	}
	checkSameAgain(t, raw, &envelope)
	must(t, into.Unmarshal(envelope.Raw))
	checkSameAgain(t, envelope.Raw, into)
}

func checkSameAgain(t *testing.T, ours []byte, message wireMessage) {
	t.Helper()
	theirs, err := message.Marshal()
	must(t, err)
	if !bytes.Equal(ours, theirs) {
		t.Errorf("%T:\nours   %x\ntheirs %x", message, ours, theirs)
	}
}

// The client library with nothing but protobuf, through the aggregator, as the HPA controller has it.
func TestGoClientReadsProtobuf(t *testing.T) {
	coder := startCoder(t)
	startAdapter(t, coder)
	config := rest.CopyConfig(control.Admin)
	config.ContentType, config.AcceptContentTypes = protobufType, protobufType
	client, err := externalmetrics.NewForConfig(config)
	must(t, err)

	must(t, coder.Post(t.Context(), emulator.Arrival{Count: 4, Duration: time.Minute}))
	await(t, 10*time.Second, "demand is 4", func(context.Context) error {
		list, err := client.NamespacedMetrics(namespace).List(demand, queueIs(t, "default"))
		if err == nil && (len(list.Items) != 1 || list.Items[0].Value.String() != "4" || list.Items[0].Timestamp.IsZero()) {
			err = fmt.Errorf("it is %+v", list.Items)
		}
		return err
	})
	_, err = client.NamespacedMetrics(namespace).List("coder_provisioner_happiness", labels.Everything())
	if !apierrors.IsNotFound(err) {
		t.Errorf("got %v, want NotFound, from a Status in protobuf", err)
	}
	_, err = client.NamespacedMetrics(namespace).List("coder_provisioner_daemons", labels.Everything())
	if !apierrors.IsBadRequest(err) {
		t.Errorf("got %v, want BadRequest: a label that may not be summed", err)
	}
}

// YAML says what JSON says.
func TestYAMLSaysWhatJSONSays(t *testing.T) {
	coder := startCoder(t)
	server := startAdapterAlone(t, coder)
	for _, path := range []string{queuePath, groupVersionPath, "/apis", groupVersionPath + "/namespaces/x/nosuch"} {
		_, jsonType, jsonBody := ask(t, server, path, "application/json")
		_, yamlType, yamlBody := ask(t, server, path, "application/yaml")
		if jsonType != "application/json" || yamlType != "application/yaml" {
			t.Errorf("%s: %s and %s", path, jsonType, yamlType)
		}
		fromJSON, err := yaml.JSONToYAML(jsonBody) // sorts the keys
		must(t, err)
		again, err := yaml.YAMLToJSON(yamlBody)
		must(t, err)
		fromYAML, err := yaml.JSONToYAML(again)
		must(t, err)
		if !bytes.Equal(fromJSON, fromYAML) {
			t.Errorf("%s: YAML says\n%s\nJSON says\n%s", path, fromYAML, fromJSON)
		}
	}
}

// startAdapterAlone runs an adapter that no aggregator knows, open to everybody on loopback.
func startAdapterAlone(t *testing.T, coder *emulator.Emulator) *adapter.Adapter {
	t.Helper()
	server, err := adapter.Start(t.Context(), adapter.Options{
		Program:        programs.adapter,
		Dir:            t.TempDir(),
		Logs:           testLogs(t),
		CoderURL:       coder.URL,
		CoderToken:     emulator.Token,
		Authentication: "none",
	})
	must(t, err)
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Errorf("coder-metrics-adapter: %v", err)
		}
	})
	return server
}

// ask reads a path at the adapter's own port.
func ask(t *testing.T, server *adapter.Adapter, path, accept string) (status int, contentType string, body []byte) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, fmt.Sprintf("https://127.0.0.1:%d%s", server.Port, path), nil)
	must(t, err)
	request.Header.Set("Accept", accept)
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true}
	answer, err := transport.RoundTrip(request)
	must(t, err)
	defer answer.Body.Close()
	body, err = io.ReadAll(answer.Body)
	must(t, err)
	return answer.StatusCode, answer.Header.Get("Content-Type"), body
}
