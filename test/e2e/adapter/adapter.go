// Package adapter starts coder-metrics-adapter and registers it with a cluster.
package adapter

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	_ "embed"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"syscall"
	"text/template"
	"time"

	"coder-metrics-adapter/test/e2e/loopback"
	"coder-metrics-adapter/test/e2e/pki"
	"coder-metrics-adapter/test/e2e/process"
)

// ServerName is the name under which the aggregator verifies the adapter's certificate.
const ServerName = Service + "." + Namespace + ".svc"

//go:embed config.yaml
var config string

// Options say how to run the adapter.
type Options struct {
	Program        string
	Dir, Logs      string
	CoderURL       string
	CoderToken     string
	Authentication string // serving.authentication: none, or delegated with a kubeconfig
	Kubeconfig     string // empty: the adapter knows no cluster

	Address   string                   // where it listens and its endpoint is; empty: loopback
	Within    func(...string) []string // the command that runs a command in the adapter's place; nil: in ours
	Authority *pki.Authority           // of its serving certificate; nil: one of its own

	// The adapter makes its certificate itself and keeps it in a Secret, which needs a kubeconfig. Otherwise it gets files.
	OwnCertificate      bool
	CertificateLifetime string // empty: the default

	StaleAfter        string // of Coder; empty: 3s
	ShutdownGrace     string // empty: the default
	ScaleDownAfter    string // of the queue; empty: the default
	ProtectBusy       bool   // of the queue
	Workshop          *Workshop
	WorkshopNamespace string // whose ConfigMaps it reads; empty: none
	NodeGroups        bool   // it watches nodes and pods, and asks metrics.k8s.io
	OpenMetrics       bool   // anyone may read /metrics

	Config     string // the file itself, instead of what the above make of it; its port is Port
	Port       int
	NeverReady bool // do not wait until it is ready
}

// Workshop is one in the configuration; times are RFC 3339.
type Workshop struct {
	Start, End string
	Users      int
}

// Adapter is a running coder-metrics-adapter.
type Adapter struct {
	Port     int
	CABundle []byte // the authority of its serving certificate; nil: it makes its own

	settings  settings
	authority *pki.Authority
	process   *process.Process
	client    *http.Client
}

// settings are what config.yaml leaves open.
type settings struct {
	Options
	CertFile, KeyFile, TokenFile, Namespace string
}

// Start runs the adapter and waits until it says that it is ready.
func Start(ctx context.Context, options Options) (*Adapter, error) {
	authority, err := options.Authority, error(nil)
	if authority == nil {
		authority, err = pki.NewAuthority("adapter-ca")
	}
	if err != nil {
		return nil, err
	}
	s, err := prepare(options, authority)
	if err != nil {
		return nil, err
	}
	if err := s.writeConfig(); err != nil {
		return nil, err
	}
	a := &Adapter{Port: s.Port, settings: s, authority: authority, client: newClient(authority.CertPEM)}
	if err := a.StartAgain(); err != nil {
		return nil, err
	}
	if options.OwnCertificate {
		a.client = newClient(nil)
	} else {
		a.CABundle = authority.CertPEM
	}
	if options.NeverReady {
		return a, nil
	}
	if err := a.process.AwaitReady(ctx, 15*time.Second, a.ready); err != nil {
		_ = a.Stop()
		return nil, err
	}
	return a, nil
}

// StartAgain runs the adapter with the files that it has, after it has ended, and waits for nothing.
func (a *Adapter) StartAgain() (err error) {
	a.process, err = process.Start("coder-metrics-adapter", a.settings.Logs, a.settings.command()...)
	return err
}

// Signal sends it one.
func (a *Adapter) Signal(s syscall.Signal) { a.process.Signal(s) }

// Stop ends the adapter as Kubernetes does and returns an error when it did not end well.
func (a *Adapter) Stop() error { return a.process.Stop(30 * time.Second) }

// Kill ends it as a node that fails does.
func (a *Adapter) Kill() { a.process.Kill() }

// LogFile is where its log goes.
func (a *Adapter) LogFile() string { return a.process.LogFile }

// LogTail returns the end of its log.
func (a *Adapter) LogTail(lines int) string { return a.process.LogTail(lines) }

// prepare writes the files that the configuration names.
func prepare(options Options, authority *pki.Authority) (s settings, err error) {
	s.Options = options
	if s.Address == "" {
		s.Address = "127.0.0.1"
	}
	if options.Config != "" {
		return s, nil
	}
	if s.Port, err = loopback.FreePort(); err != nil {
		return s, err
	}
	s.Namespace = Namespace
	if !options.OwnCertificate {
		if err := mountCertificate(options.Dir, authority); err != nil {
			return s, err
		}
		s.CertFile, s.KeyFile = filepath.Join(options.Dir, certFile), filepath.Join(options.Dir, keyFile)
	}
	s.TokenFile, err = pki.WriteFile(options.Dir, tokenFile, []byte(options.CoderToken+"\n"))
	return s, err
}

// writeConfig writes the configuration file that the settings make.
func (s settings) writeConfig() error {
	var text bytes.Buffer
	if s.Config != "" {
		text.WriteString(s.Config)
	} else if err := template.Must(template.New("config").Parse(config)).Execute(&text, s); err != nil {
		return err
	}
	return ReplaceFile(filepath.Join(s.Dir, configFile), text.Bytes())
}

func (s settings) command() []string {
	command := []string{s.Program, "serve", "--config", filepath.Join(s.Dir, configFile)}
	if s.Kubeconfig != "" {
		command = append(command, "--kubeconfig", s.Kubeconfig)
	}
	if s.Within != nil {
		command = s.Within(command...)
	}
	return command
}

// newClient trusts one authority; without one it only wants to know whether somebody answers.
func newClient(authorityPEM []byte) *http.Client {
	config := &tls.Config{ServerName: ServerName, InsecureSkipVerify: authorityPEM == nil}
	if authorityPEM != nil {
		config.RootCAs = x509.NewCertPool()
		config.RootCAs.AppendCertsFromPEM(authorityPEM)
	}
	return &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{TLSClientConfig: config, DisableKeepAlives: true}}
}

func (a *Adapter) ready(ctx context.Context) error {
	_, err := a.Get(ctx, "/readyz?verbose")
	return err
}

// URL is where the adapter itself answers.
func (a *Adapter) URL(path string) string { return "https://" + a.Endpoint() + path }

// Endpoint is its address and port.
func (a *Adapter) Endpoint() string { return fmt.Sprintf("%s:%d", a.settings.Address, a.Port) }

// Get asks the adapter itself, past the aggregator, on a connection of its own.
func (a *Adapter) Get(ctx context.Context, path string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, a.URL(path), nil)
	if err != nil {
		return "", err
	}
	answer, err := a.client.Do(request)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", answer.Status, body)
	}
	return string(body), err
}
