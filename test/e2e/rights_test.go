package e2e

import (
	"context"
	"testing"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"coder-metrics-adapter/test/e2e/adapter"
)

// adapterUser is the adapter's account towards the API server.
const adapterUser = "system:serviceaccount:" + adapter.Namespace + ":" + adapter.Service

func userSubject(name string) rbacv1.Subject {
	return rbacv1.Subject{Kind: rbacv1.UserKind, APIGroup: rbacv1.GroupName, Name: name}
}

func serviceAccountSubject(name string) rbacv1.Subject {
	return rbacv1.Subject{Kind: rbacv1.ServiceAccountKind, Namespace: namespace, Name: name}
}

// bindAdapter gives the adapter what it needs to ask the cluster about its callers, and nothing else.
func bindAdapter(t *testing.T) {
	t.Helper()
	bindClusterRole(t, "system:auth-delegator", userSubject(adapterUser))
	bindRole(t, "kube-system", "extension-apiserver-authentication-reader", userSubject(adapterUser))
}

func bindClusterRole(t *testing.T, role string, subject rbacv1.Subject) {
	t.Helper()
	bindings := control.Client.RbacV1().ClusterRoleBindings()
	made, err := bindings.Create(t.Context(), &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{GenerateName: "e2e-"},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role},
		Subjects:   []rbacv1.Subject{subject},
	}, metav1.CreateOptions{})
	must(t, err)
	t.Cleanup(func() {
		if err := bindings.Delete(context.Background(), made.Name, metav1.DeleteOptions{}); err != nil {
			t.Errorf("delete the binding of %s: %v", role, err)
		}
	})
}

// bindRole returns how to take the right away again; the end of the test does in any case.
func bindRole(t *testing.T, namespace, role string, subject rbacv1.Subject) (unbind func()) {
	t.Helper()
	bindings := control.Client.RbacV1().RoleBindings(namespace)
	made, err := bindings.Create(t.Context(), &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{GenerateName: "e2e-"},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: role},
		Subjects:   []rbacv1.Subject{subject},
	}, metav1.CreateOptions{})
	must(t, err)
	bound := true
	unbind = func() {
		if !bound {
			return
		}
		bound = false
		if err := bindings.Delete(context.Background(), made.Name, metav1.DeleteOptions{}); err != nil {
			t.Errorf("delete the binding of %s: %v", role, err)
		}
	}
	t.Cleanup(unbind)
	return unbind
}

// makeReaderRole lets one metric of one namespace be read: the metric's name is the resource.
func makeReaderRole(t *testing.T, name, metric string) {
	t.Helper()
	_, err := control.Client.RbacV1().Roles(namespace).Create(t.Context(), &rbacv1.Role{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Rules:      []rbacv1.PolicyRule{{APIGroups: []string{"external.metrics.k8s.io"}, Resources: []string{metric}, Verbs: []string{"list"}}},
	}, metav1.CreateOptions{})
	must(t, err)
}

// makePathRole lets a path outside of resources be read.
func makePathRole(t *testing.T, name, path string) {
	t.Helper()
	roles := control.Client.RbacV1().ClusterRoles()
	_, err := roles.Create(t.Context(), &rbacv1.ClusterRole{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Rules:      []rbacv1.PolicyRule{{NonResourceURLs: []string{path}, Verbs: []string{"get"}}},
	}, metav1.CreateOptions{})
	must(t, err)
	t.Cleanup(func() {
		if err := roles.Delete(context.Background(), name, metav1.DeleteOptions{}); err != nil {
			t.Errorf("delete ClusterRole %s: %v", name, err)
		}
	})
}

// makeToken makes a service account and returns a token of it.
func makeToken(t *testing.T, name string) string {
	t.Helper()
	accounts := control.Client.CoreV1().ServiceAccounts(namespace)
	_, err := accounts.Create(t.Context(), &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{})
	must(t, err)
	request, err := accounts.CreateToken(t.Context(), name, &authenticationv1.TokenRequest{}, metav1.CreateOptions{})
	must(t, err)
	return request.Status.Token
}
