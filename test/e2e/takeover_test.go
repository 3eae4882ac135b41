package e2e

import (
	"context"
	"fmt"
	"testing"
	"time"

	autoscalingv1 "k8s.io/api/autoscaling/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"coder-metrics-adapter/test/e2e/helm"
)

// Upgrades of Coder's chart while an HPA scales: what resets the replicas, and the two ways that the installation page names to prevent it.
func TestTakeoverFromFixedReplicas(t *testing.T) {
	makeNamespace(t, namespace)
	program := chartHelm(t)
	program.Namespace = namespace
	small, large := helm.File(manifests("provisioner", "values-500m-512Mi.yaml")), helm.File(manifests("provisioner", "values-1cpu-1Gi.yaml"))
	upgrade := func(values ...helm.Values) {
		t.Helper()
		_, err := program.Install(t.Context(), "coder-provisioner", "testdata/coder-provisioner", values...)
		must(t, err)
	}
	upgrade(small)
	checkReplicas(t, 6, "the preset's replicaCount")
	checkPreset(t, "500m", "512Mi")

	scaleProvisioners(t, 11)
	upgrade(large)
	checkReplicas(t, 6, "an upgrade resets what an HPA has set")
	checkPreset(t, "1", "1Gi")

	scaleProvisioners(t, 11)
	upgrade(small, helm.Set("coder.replicaCount=11"))
	checkReplicas(t, 11, "an upgrade with the number of now")
	upgrade(small, helm.Set("coder.replicaCount=null"))
	checkReplicas(t, 1, "without the number Kubernetes means 1")

	scaleProvisioners(t, 11)
	policy := manifests("hpa", "keep-replicas.yaml")
	_, err := control.Kubectl(t.Context(), "apply", "--server-side", "-f", policy)
	must(t, err)
	t.Cleanup(func() {
		if _, err := control.Kubectl(context.Background(), "delete", "-f", policy); err != nil {
			t.Errorf("delete the policy: %v", err)
		}
	})
	await(t, 30*time.Second, "the policy is in force", func(ctx context.Context) error {
		deployment, err := control.Client.AppsV1().Deployments(namespace).Patch(ctx, provisionersName, types.MergePatchType,
			[]byte(`{"spec":{"replicas":3}}`), metav1.PatchOptions{DryRun: []string{metav1.DryRunAll}})
		if err == nil && *deployment.Spec.Replicas != 11 {
			err = fmt.Errorf("a write of 3 replicas leads to %d", *deployment.Spec.Replicas)
		}
		return err
	})
	upgrade(large)
	checkReplicas(t, 11, "an upgrade under the policy")
	checkPreset(t, "1", "1Gi")
	upgrade(small, helm.Set("coder.replicaCount=null"))
	checkReplicas(t, 11, "an upgrade without a number under the policy")
	scaleProvisioners(t, 9)
	checkReplicas(t, 9, "kubectl scale and HPAs under the policy")
}

// scaleProvisioners does what an HPA and "kubectl scale" do.
func scaleProvisioners(t *testing.T, replicas int32) {
	t.Helper()
	_, err := control.Client.AppsV1().Deployments(namespace).UpdateScale(t.Context(), provisionersName, &autoscalingv1.Scale{
		ObjectMeta: metav1.ObjectMeta{Name: provisionersName, Namespace: namespace}, Spec: autoscalingv1.ScaleSpec{Replicas: replicas},
	}, metav1.UpdateOptions{})
	must(t, err)
}

func checkReplicas(t *testing.T, wanted int32, what string) {
	t.Helper()
	replicas, err := wantedReplicas(t.Context())
	must(t, err)
	if replicas != wanted {
		t.Errorf("%s: %d replicas, want %d", what, replicas, wanted)
	}
}

func checkPreset(t *testing.T, cpu, memory string) {
	t.Helper()
	deployment, err := control.Client.AppsV1().Deployments(namespace).Get(t.Context(), provisionersName, metav1.GetOptions{})
	must(t, err)
	pod := deployment.Spec.Template.Spec
	requests := pod.Containers[0].Resources.Requests
	if requests.Cpu().String() != cpu || requests.Memory().String() != memory || *pod.TerminationGracePeriodSeconds != 600 {
		t.Errorf("requests %s and %s, grace %d s; want %s, %s and 600 s", requests.Cpu(), requests.Memory(), *pod.TerminationGracePeriodSeconds, cpu, memory)
	}
}
