package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/rest"
	metricsv1beta1 "k8s.io/metrics/pkg/apis/external_metrics/v1beta1"
	externalmetrics "k8s.io/metrics/pkg/client/external_metrics"

	"coder-metrics-adapter/test/e2e/emulator"
)

const demand = "coder_provisioner_demand"

// The ways by which people and the HPA controller read a metric, all through the aggregator.
func TestMetricsThroughTheAggregator(t *testing.T) {
	coder := startCoder(t)
	startAdapter(t, coder)
	hpa := hpaClient(t)

	t.Run("kubectl get --raw", func(t *testing.T) {
		list := getRaw(t, namespace, demand, "queue%3Ddefault")
		if len(list.Items) != 1 {
			t.Fatalf("%d items, want 1: %+v", len(list.Items), list.Items)
		}
		item := list.Items[0]
		if item.MetricName != demand || item.MetricLabels["queue"] != "default" || item.Value.String() != "0" {
			t.Errorf("an idle queue says %+v, want %s{queue=default} 0", item, demand)
		}
		if age := time.Since(item.Timestamp.Time); age < -time.Second || age > 10*time.Second {
			t.Errorf("the reading is %s old", age)
		}
	})
	t.Run("kubectl api-resources", func(t *testing.T) {
		await(t, time.Minute, "kubectl api-resources lists "+demand, func(ctx context.Context) error {
			table, err := control.Kubectl(ctx, "api-resources", "--api-group=external.metrics.k8s.io")
			if err == nil && !strings.Contains(table, demand) {
				err = fmt.Errorf("it lists:\n%s", table)
			}
			return err
		})
	})
	t.Run("the HPA's client sees jobs", func(t *testing.T) {
		must(t, coder.Post(t.Context(), emulator.Arrival{Count: 3, Duration: time.Minute}))
		await(t, 10*time.Second, "demand is 3", func(context.Context) error {
			list, err := hpa.NamespacedMetrics(namespace).List(demand, queueIs(t, "default"))
			if err == nil && (len(list.Items) != 1 || list.Items[0].Value.String() != "3") {
				err = fmt.Errorf("it is %+v", list.Items)
			}
			return err
		})
	})
	t.Run("a queue that does not exist has no series", func(t *testing.T) {
		list, err := hpa.NamespacedMetrics(namespace).List(demand, queueIs(t, "nowhere"))
		must(t, err)
		if len(list.Items) != 0 {
			t.Errorf("got %+v", list.Items)
		}
	})
	t.Run("a metric that does not exist is not found", func(t *testing.T) {
		_, err := hpa.NamespacedMetrics(namespace).List("coder_provisioner_happiness", labels.Everything())
		if !apierrors.IsNotFound(err) {
			t.Errorf("got %v, want NotFound", err)
		}
	})
}

// getRaw reads a metric as a person does.
func getRaw(t *testing.T, namespace, metric, selector string) (list metricsv1beta1.ExternalMetricValueList) {
	t.Helper()
	text, err := control.Kubectl(t.Context(), "get", "--raw", fmt.Sprintf(
		"/apis/external.metrics.k8s.io/v1beta1/namespaces/%s/%s?labelSelector=%s", namespace, metric, selector))
	must(t, err)
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return list
}

// hpaClient asks as the HPA controller does: with its client library, its account (and so the stock roles), and the
// content types that it accepts.
func hpaClient(t *testing.T) externalmetrics.ExternalMetricsClient {
	t.Helper()
	config := rest.CopyConfig(control.Admin)
	config.Impersonate = rest.ImpersonationConfig{
		UserName: "system:serviceaccount:kube-system:horizontal-pod-autoscaler",
		Groups:   []string{"system:serviceaccounts", "system:serviceaccounts:kube-system", "system:authenticated"},
	}
	config.ContentType = "application/vnd.kubernetes.protobuf"
	config.AcceptContentTypes = "application/vnd.kubernetes.protobuf, */*"
	client, err := externalmetrics.NewForConfig(config)
	must(t, err)
	return client
}

func queueIs(t *testing.T, queue string) labels.Selector {
	t.Helper()
	selector, err := labels.Parse("queue=" + queue)
	must(t, err)
	return selector
}
