package e2e

import (
	"context"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"coder-metrics-adapter/test/e2e/emulator"
)

const (
	provisionersName = "coder-provisioner-default"
	minReplicas      = 6
	maxReplicas      = 15
)

// startProvisioners makes the Deployment and its HPA, and lets the emulated pool follow the Deployment: the emulator's
// provisioners are the processes that would run in the Deployment's pods.
func startProvisioners(t *testing.T, coder *emulator.Emulator) {
	t.Helper()
	startProvisionersOn(t, coder, demand)
}

// startProvisionersOn does so with an HPA on another metric.
func startProvisionersOn(t *testing.T, coder *emulator.Emulator, metric string) {
	t.Helper()
	hpa := provisionersHPA()
	hpa.Spec.Metrics[0].External.Metric.Name = metric
	_, err := control.Client.AppsV1().Deployments(namespace).Create(t.Context(), provisioners(), metav1.CreateOptions{})
	must(t, err)
	_, err = control.Client.AutoscalingV2().HorizontalPodAutoscalers(namespace).
		Create(t.Context(), hpa, metav1.CreateOptions{})
	must(t, err)
	followDeployment(t, coder)
}

func provisioners() *appsv1.Deployment {
	replicas := int32(minReplicas)
	labels := map[string]string{"app": provisionersName}
	return &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: provisionersName},
		Spec: appsv1.DeploymentSpec{
			Replicas: &replicas,
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels},
				Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "provisioner", Image: "coder"}}},
			},
		},
	}
}

// provisionersHPA asks for one provisioner a job. Its behavior is the default's, with seconds for minutes.
func provisionersHPA() *autoscalingv2.HorizontalPodAutoscaler {
	low, one := int32(minReplicas), resource.MustParse("1")
	return &autoscalingv2.HorizontalPodAutoscaler{
		ObjectMeta: metav1.ObjectMeta{Name: provisionersName},
		Spec: autoscalingv2.HorizontalPodAutoscalerSpec{
			ScaleTargetRef: autoscalingv2.CrossVersionObjectReference{
				APIVersion: "apps/v1", Kind: "Deployment", Name: provisionersName,
			},
			MinReplicas: &low,
			MaxReplicas: maxReplicas,
			Metrics: []autoscalingv2.MetricSpec{{
				Type: autoscalingv2.ExternalMetricSourceType,
				External: &autoscalingv2.ExternalMetricSource{
					Metric: autoscalingv2.MetricIdentifier{
						Name:     demand,
						Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"queue": "default"}},
					},
					Target: autoscalingv2.MetricTarget{Type: autoscalingv2.AverageValueMetricType, AverageValue: &one},
				},
			}},
			Behavior: &autoscalingv2.HorizontalPodAutoscalerBehavior{
				ScaleUp:   doublingEvery(4*time.Second, 0),
				ScaleDown: doublingEvery(4*time.Second, 6*time.Second),
			},
		},
	}
}

// doublingEvery lets the replicas double, or go altogether, within a period.
func doublingEvery(period, stabilization time.Duration) *autoscalingv2.HPAScalingRules {
	window := int32(stabilization.Seconds())
	return &autoscalingv2.HPAScalingRules{
		StabilizationWindowSeconds: &window,
		Policies: []autoscalingv2.HPAScalingPolicy{{
			Type: autoscalingv2.PercentScalingPolicy, Value: 100, PeriodSeconds: int32(period.Seconds()),
		}},
	}
}

// followDeployment gives the emulated pool as many provisioners as the Deployment wants, until the test ends.
func followDeployment(t *testing.T, coder *emulator.Emulator) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		told := int32(-1)
		for ctx.Err() == nil {
			wanted, err := wantedReplicas(ctx)
			if err == nil && wanted != told {
				err = coder.SetReplicas(ctx, wanted)
				told = wanted
			}
			if err != nil && ctx.Err() == nil {
				t.Errorf("the pool does not follow the Deployment: %v", err)
				return
			}
			select {
			case <-ctx.Done():
			case <-time.After(200 * time.Millisecond):
			}
		}
	}()
	t.Cleanup(func() { cancel(); <-ended })
}

func wantedReplicas(ctx context.Context) (int32, error) {
	deployment, err := control.Client.AppsV1().Deployments(namespace).Get(ctx, provisionersName, metav1.GetOptions{})
	if err != nil {
		return 0, err
	}
	return *deployment.Spec.Replicas, nil
}
