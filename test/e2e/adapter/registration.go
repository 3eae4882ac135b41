package adapter

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	apiregistrationv1 "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"
	aggregator "k8s.io/kube-aggregator/pkg/client/clientset_generated/clientset"
)

// Names of the objects that lead the aggregator to the adapter.
const (
	Namespace  = "coder-metrics"
	Service    = "coder-metrics-adapter"
	APIService = "v1beta1.external.metrics.k8s.io"
)

const portName = "https"

// Register makes the Service, its endpoint on loopback and the APIService. The namespace must be there.
func (a *Adapter) Register(ctx context.Context, client kubernetes.Interface, registry aggregator.Interface) error {
	if err := RegisterService(ctx, client, registry, Service, a.CABundle); err != nil {
		return err
	}
	return a.AddEndpoint(ctx, client)
}

// RegisterService makes an APIService that leads to the service of that name, and the adapter's Service without an endpoint.
func RegisterService(ctx context.Context, client kubernetes.Interface, registry aggregator.Interface, name string, caBundle []byte) error {
	if _, err := client.CoreV1().Services(Namespace).Create(ctx, service(), metav1.CreateOptions{}); err != nil {
		return err
	}
	_, err := registry.ApiregistrationV1().APIServices().Create(ctx, apiService(name, caBundle), metav1.CreateOptions{})
	return err
}

// AddEndpoint makes the adapter one of those that the Service leads to. A further replica needs nothing else.
func (a *Adapter) AddEndpoint(ctx context.Context, client kubernetes.Interface) error {
	slices := client.DiscoveryV1().EndpointSlices(Namespace)
	_, err := slices.Create(ctx, endpointSlice(a.settings.Address, int32(a.Port)), metav1.CreateOptions{})
	return err
}

// RemoveEndpoint is what the endpoint controller does when a pod is no longer ready.
func (a *Adapter) RemoveEndpoint(ctx context.Context, client kubernetes.Interface) error {
	return client.DiscoveryV1().EndpointSlices(Namespace).Delete(ctx, sliceName(a.settings.Address, int32(a.Port)), metav1.DeleteOptions{})
}

// sliceName: replicas may share the loopback address, so each has a slice of its own with its own port.
func sliceName(address string, port int32) string {
	return fmt.Sprintf("%s-%s-%d", Service, address, port)
}

// service has no selector: no pod, and so no controller, decides where it leads.
func service() *corev1.Service {
	return &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: Service},
		Spec:       corev1.ServiceSpec{Ports: []corev1.ServicePort{{Name: portName, Port: 443}}},
	}
}

// endpointSlice gives the address as a name, because as an IPv4 endpoint a loopback address is refused.
func endpointSlice(address string, port int32) *discoveryv1.EndpointSlice {
	name, protocol := portName, corev1.ProtocolTCP
	return &discoveryv1.EndpointSlice{
		ObjectMeta: metav1.ObjectMeta{
			Name: sliceName(address, port),
			Labels: map[string]string{
				discoveryv1.LabelServiceName: Service,
				discoveryv1.LabelManagedBy:   "e2e.coder-metrics-adapter",
			},
		},
		AddressType: discoveryv1.AddressTypeFQDN,
		Endpoints:   []discoveryv1.Endpoint{{Addresses: []string{address}}},
		Ports:       []discoveryv1.EndpointPort{{Name: &name, Port: &port, Protocol: &protocol}},
	}
}

func apiService(service string, caBundle []byte) *apiregistrationv1.APIService {
	return &apiregistrationv1.APIService{
		ObjectMeta: metav1.ObjectMeta{Name: APIService},
		Spec: apiregistrationv1.APIServiceSpec{
			Group:                "external.metrics.k8s.io",
			Version:              "v1beta1",
			GroupPriorityMinimum: 100,
			VersionPriority:      100,
			CABundle:             caBundle,
			Service:              &apiregistrationv1.ServiceReference{Namespace: Namespace, Name: service},
		},
	}
}
