package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// What docs/manual-scaling.md promises for each organization.
const (
	byHandReplicas = 15
	byHandLimit    = 2 * time.Minute
)

// The commands of docs/manual-scaling.md, as they stand there, scale each organization in time, and no HPA takes it back.
func TestScaleByHand(t *testing.T) {
	page := readPage(t, "../../docs/manual-scaling.md")
	coder := startCoder(t)
	startAdapter(t, coder)
	organizations := []string{"default", "experimental", "demo"}
	for _, organization := range organizations {
		startPool(t, organization)
	}
	followDeployment(t, coder)
	for _, organization := range organizations {
		commands := commandsOf(t, page, regexp.MustCompile("Organization `"+organization+"`:\n\n"))
		began := time.Now()
		for _, command := range commands {
			runDocumented(t, command)
		}
		await(t, byHandLimit, organization+" has its replicas, and keeps them", func(ctx context.Context) error {
			return keepsReplicas(ctx, "coder-provisioner-"+organization)
		})
		took := time.Since(began)
		t.Logf("%s: %d replicas by hand after %s, with a look of its HPA at it", organization, byHandReplicas, took.Round(time.Millisecond))
		if took > byHandLimit {
			t.Errorf("%s: took %s, more than %s", organization, took, byHandLimit)
		}
	}
	look := pick(t, commandsOf(t, page, regexp.MustCompile("## See that they come\n\n")), "get --raw")
	await(t, time.Minute, "the adapter counts them", func(ctx context.Context) error {
		return countsIdle(ctx, look, byHandReplicas)
	})
	for _, command := range commandsOf(t, page, regexp.MustCompile("## Back\n(?:[^#`]*\n)?")) {
		runDocumented(t, command)
	}
	for _, command := range commandsOf(t, page, regexp.MustCompile("## Stop the HPA for a while\n\n")) {
		runDocumented(t, command)
	}
	for organization, least := range map[string]int32{"default": 6, "experimental": 2, "demo": 2} {
		hpa, err := control.Client.AutoscalingV2().HorizontalPodAutoscalers(namespace).
			Get(t.Context(), "coder-provisioner-"+organization, metav1.GetOptions{})
		must(t, err)
		if *hpa.Spec.MinReplicas != least {
			t.Errorf("%s: minReplicas %d after the way back, not %d", organization, *hpa.Spec.MinReplicas, least)
		}
	}
}

// startPool makes a Deployment and the HPA that is shipped for it.
func startPool(t *testing.T, organization string) {
	t.Helper()
	deployment := provisioners()
	deployment.Name = "coder-provisioner-" + organization
	labels := map[string]string{"app": deployment.Name}
	deployment.Spec.Selector.MatchLabels, deployment.Spec.Template.Labels = labels, labels
	_, err := control.Client.AppsV1().Deployments(namespace).Create(t.Context(), deployment, metav1.CreateOptions{})
	must(t, err)
	_, err = control.Kubectl(t.Context(), "apply", "-f", "../../manifests/hpa/"+organization+"-external-only.yaml")
	must(t, err)
}

func readPage(t *testing.T, path string) string {
	t.Helper()
	page, err := os.ReadFile(path)
	must(t, err)
	return string(page)
}

// commandsOf are the lines of the first block of commands behind a place in the page.
func commandsOf(t *testing.T, page string, place *regexp.Regexp) []string {
	t.Helper()
	at := place.FindStringIndex(page)
	if at == nil {
		t.Fatalf("docs/manual-scaling.md has no %s", place)
	}
	_, rest, _ := strings.Cut(page[at[1]:], "```sh\n")
	block, _, found := strings.Cut(rest, "```")
	if !found {
		t.Fatalf("docs/manual-scaling.md has no commands behind %s", place)
	}
	return strings.Split(strings.TrimSpace(block), "\n")
}

func pick(t *testing.T, commands []string, part string) string {
	t.Helper()
	for _, command := range commands {
		if strings.Contains(command, part) {
			return command
		}
	}
	t.Fatalf("none of %q has %q", commands, part)
	return ""
}

// words splits a line as a shell does, as far as the page goes: blanks, and single quotes around a word or a part of one.
func words(line string) []string {
	var found []string
	for _, word := range regexp.MustCompile(`(?:[^\s']|'[^']*')+`).FindAllString(line, -1) {
		found = append(found, strings.ReplaceAll(word, "'", ""))
	}
	return found
}

func runDocumented(t *testing.T, command string) {
	t.Helper()
	line := words(command)
	if line[0] != "kubectl" {
		t.Fatalf("%q is no kubectl", command)
	}
	_, err := control.Kubectl(t.Context(), line[1:]...)
	must(t, err)
}

// keepsReplicas asks whether the Deployment has them after its HPA looked at it since it was changed.
func keepsReplicas(ctx context.Context, name string) error {
	deployment, err := control.Client.AppsV1().Deployments(namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	if wanted := replicasOf(deployment); wanted != byHandReplicas {
		return fmt.Errorf("%s wants %d", name, wanted)
	}
	hpa, err := control.Client.AutoscalingV2().HorizontalPodAutoscalers(namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	if hpa.Status.CurrentReplicas != byHandReplicas {
		return fmt.Errorf("the HPA has seen %d", hpa.Status.CurrentReplicas)
	}
	return nil
}

func replicasOf(deployment *appsv1.Deployment) int32 {
	return *deployment.Spec.Replicas
}

// countsIdle runs the page's look at the provisioners that are connected.
func countsIdle(ctx context.Context, command string, wanted int) error {
	output, err := control.Kubectl(ctx, words(command)[1:]...)
	if err != nil {
		return err
	}
	var list struct {
		Items []struct{ Value string }
	}
	if err := json.Unmarshal([]byte(output), &list); err != nil {
		return err
	}
	if len(list.Items) != 1 || list.Items[0].Value != fmt.Sprint(wanted) {
		return fmt.Errorf("it counts %v", list.Items)
	}
	return nil
}
