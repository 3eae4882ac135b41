// Package nodemetrics serves metrics.k8s.io as metrics-server does, with whatever usage a test sets.
package nodemetrics

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	apiregistrationv1 "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"
	aggregator "k8s.io/kube-aggregator/pkg/client/clientset_generated/clientset"
)

// APIService is what the server is registered as.
const APIService = "v1beta1.metrics.k8s.io"

const (
	service  = "node-metrics"
	portName = "https"
	root     = "/apis/metrics.k8s.io/v1beta1"
)

// Usage is what a node, or the one container of a pod, uses, as Quantities.
type Usage struct{ CPU, Memory string }

// Server is a metrics.k8s.io.
type Server struct {
	server *httptest.Server
	mutex  sync.Mutex
	nodes  map[string]Usage
	pod    Usage
	pods   func(namespace, selector string) ([]string, error)
}

// Start serves on a loopback port, with a certificate of its own that nobody verifies.
func Start() *Server {
	s := &Server{nodes: map[string]Usage{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+root, func(w http.ResponseWriter, _ *http.Request) { answer(w, resources()) })
	mux.HandleFunc("GET "+root+"/nodes", func(w http.ResponseWriter, _ *http.Request) { answer(w, s.list()) })
	mux.HandleFunc("GET "+root+"/namespaces/{namespace}/pods", func(w http.ResponseWriter, r *http.Request) {
		list, err := s.podList(r.PathValue("namespace"), r.URL.Query().Get("labelSelector"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		answer(w, list)
	})
	s.server = httptest.NewUnstartedServer(mux)
	s.server.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	s.server.StartTLS()
	return s
}

// Close ends it.
func (s *Server) Close() { s.server.Close() }

// Set says what a node uses from now on.
func (s *Server) Set(node string, usage Usage) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.nodes[node] = usage
}

// SetPods says what each of the pods that names finds uses from now on, in a container "coder".
func (s *Server) SetPods(usage Usage, names func(namespace, selector string) ([]string, error)) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.pod, s.pods = usage, names
}

func (s *Server) podList(namespace, selector string) (map[string]any, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	items := []any{}
	if s.pods != nil {
		names, err := s.pods(namespace, selector)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			items = append(items, map[string]any{
				"metadata":   map[string]any{"name": name, "namespace": namespace},
				"timestamp":  time.Now().UTC().Format(time.RFC3339),
				"window":     "10s",
				"containers": []any{map[string]any{"name": "coder", "usage": map[string]any{"cpu": s.pod.CPU, "memory": s.pod.Memory}}},
			})
		}
	}
	return map[string]any{"kind": "PodMetricsList", "apiVersion": "metrics.k8s.io/v1beta1", "metadata": map[string]any{}, "items": items}, nil
}

// Register makes the Service, its endpoint and the APIService. The namespace must be there.
func (s *Server) Register(ctx context.Context, namespace string, client kubernetes.Interface, registry aggregator.Interface) error {
	if _, err := client.CoreV1().Services(namespace).Create(ctx, &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: service},
		Spec:       corev1.ServiceSpec{Ports: []corev1.ServicePort{{Name: portName, Port: 443}}},
	}, metav1.CreateOptions{}); err != nil {
		return err
	}
	if _, err := client.DiscoveryV1().EndpointSlices(namespace).Create(ctx, s.endpointSlice(), metav1.CreateOptions{}); err != nil {
		return err
	}
	_, err := registry.ApiregistrationV1().APIServices().Create(ctx, &apiregistrationv1.APIService{
		ObjectMeta: metav1.ObjectMeta{Name: APIService},
		Spec: apiregistrationv1.APIServiceSpec{
			Group: "metrics.k8s.io", Version: "v1beta1", GroupPriorityMinimum: 100, VersionPriority: 100, InsecureSkipTLSVerify: true,
			Service: &apiregistrationv1.ServiceReference{Namespace: namespace, Name: service},
		},
	}, metav1.CreateOptions{})
	return err
}

func (s *Server) endpointSlice() *discoveryv1.EndpointSlice {
	name, protocol, port := portName, corev1.ProtocolTCP, int32(s.server.Listener.Addr().(*net.TCPAddr).Port)
	return &discoveryv1.EndpointSlice{
		ObjectMeta: metav1.ObjectMeta{
			Name:   service,
			Labels: map[string]string{discoveryv1.LabelServiceName: service, discoveryv1.LabelManagedBy: "e2e.coder-metrics-adapter"},
		},
		AddressType: discoveryv1.AddressTypeFQDN, // the loopback address is refused as an IPv4 endpoint
		Endpoints:   []discoveryv1.Endpoint{{Addresses: []string{"127.0.0.1"}}},
		Ports:       []discoveryv1.EndpointPort{{Name: &name, Port: &port, Protocol: &protocol}},
	}
}

func (s *Server) list() map[string]any {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	items := []any{}
	for name, usage := range s.nodes {
		items = append(items, map[string]any{
			"metadata":  map[string]any{"name": name},
			"timestamp": time.Now().UTC().Format(time.RFC3339),
			"window":    "10s",
			"usage":     map[string]any{"cpu": usage.CPU, "memory": usage.Memory},
		})
	}
	return map[string]any{"kind": "NodeMetricsList", "apiVersion": "metrics.k8s.io/v1beta1", "metadata": map[string]any{}, "items": items}
}

func resources() *metav1.APIResourceList {
	return &metav1.APIResourceList{
		TypeMeta:     metav1.TypeMeta{Kind: "APIResourceList", APIVersion: "v1"},
		GroupVersion: "metrics.k8s.io/v1beta1",
		APIResources: []metav1.APIResource{
			{Name: "nodes", Kind: "NodeMetrics", Verbs: metav1.Verbs{"get", "list"}},
			{Name: "pods", Kind: "PodMetrics", Namespaced: true, Verbs: metav1.Verbs{"get", "list"}},
		},
	}
}

func answer(w http.ResponseWriter, object any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(object); err != nil {
		http.Error(w, fmt.Sprint(err), http.StatusInternalServerError)
	}
}
