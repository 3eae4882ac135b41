// peer is the adapter's Go counterpart for the benchmark: an external metrics server made of sigs.k8s.io/custom-metrics-apiserver as
// its users make one, with one metric from memory.
//
//	peer --secure-port PORT ... (the flags are the library's; ../servers.py has those of the benchmark)
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/component-base/logs"
	"k8s.io/metrics/pkg/apis/external_metrics"

	"sigs.k8s.io/custom-metrics-apiserver/pkg/cmd"
	"sigs.k8s.io/custom-metrics-apiserver/pkg/provider"
)

const metric = "coder_provisioner_demand"

// memory answers with a series that a selector can pick, as a provider with a cache does.
type memory struct{ series labels.Set }

func (m memory) GetExternalMetric(_ context.Context, _ string, selector labels.Selector, info provider.ExternalMetricInfo) (*external_metrics.ExternalMetricValueList, error) {
	list := &external_metrics.ExternalMetricValueList{}
	if info.Metric == metric && selector.Matches(m.series) {
		list.Items = append(list.Items, external_metrics.ExternalMetricValue{
			MetricName:   metric,
			MetricLabels: m.series,
			Value:        *resource.NewQuantity(20, resource.DecimalSI),
			Timestamp:    metav1.Time{Time: time.Now()},
		})
	}
	return list, nil
}

func (m memory) ListAllExternalMetrics() []provider.ExternalMetricInfo {
	return []provider.ExternalMetricInfo{{Metric: metric}}
}

func main() {
	logs.InitLogs()
	defer logs.FlushLogs()
	base := &cmd.AdapterBase{Name: "peer"}
	if err := base.Flags().Parse(os.Args); err != nil {
		fail(err)
	}
	base.WithExternalMetrics(memory{labels.Set{"queue": "default", "organization": "default"}})
	if err := base.Run(context.Background()); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "peer:", err)
	os.Exit(1)
}
