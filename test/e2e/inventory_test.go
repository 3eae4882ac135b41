package e2e

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/dynamic"
)

// takeInventory names every object of the cluster, but for events, which tell of what was.
func takeInventory(t *testing.T) []string {
	t.Helper()
	lists, err := discovery.ServerPreferredResources(control.Client.Discovery())
	if err != nil && !discovery.IsGroupDiscoveryFailedError(err) {
		t.Fatal(err)
	}
	client, err := dynamic.NewForConfig(control.Admin)
	must(t, err)
	var names []string
	for _, list := range lists {
		version, err := schema.ParseGroupVersion(list.GroupVersion)
		must(t, err)
		for _, resource := range list.APIResources {
			if resource.Name == "events" || !slices.Contains(resource.Verbs, "list") {
				continue
			}
			objects, err := client.Resource(version.WithResource(resource.Name)).List(context.Background(), metav1.ListOptions{}) // not the test's: cleanups look too
			if apierrors.IsNotFound(err) || apierrors.IsMethodNotSupported(err) {
				continue
			}
			must(t, err)
			for _, object := range objects.Items {
				names = append(names, fmt.Sprintf("%s.%s %s/%s", resource.Name, version.Group, object.GetNamespace(), object.GetName()))
			}
		}
	}
	slices.Sort(names)
	return names
}

// awaitInventory waits until exactly the same objects are there as before.
func awaitInventory(t *testing.T, before []string) {
	t.Helper()
	await(t, time.Minute, "the cluster is as it was", func(context.Context) error {
		now := takeInventory(t)
		left := slices.DeleteFunc(slices.Clone(now), func(name string) bool { return slices.Contains(before, name) })
		gone := slices.DeleteFunc(slices.Clone(before), func(name string) bool { return slices.Contains(now, name) })
		if len(left)+len(gone) > 0 {
			return fmt.Errorf("left behind: %s; gone: %s", strings.Join(left, ", "), strings.Join(gone, ", "))
		}
		return nil
	})
}
