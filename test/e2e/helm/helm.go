// Package helm runs the real helm on the project's chart.
package helm

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Helm is the program and what it works with.
type Helm struct {
	Program    string
	Kubeconfig string
	Home       string // its caches; the caller removes it
	Namespace  string
}

// Values is one --values file, or one --set of a path.
type Values interface{ arguments() []string }

// File is the path of a file with values.
type File string

func (f File) arguments() []string { return []string{"--values", string(f)} }

// Set is path=value.
type Set string

func (s Set) arguments() []string { return []string{"--set", string(s)} }

// Only renders one template of a chart.
type Only string

func (o Only) arguments() []string { return []string{"--show-only", string(o)} }

// Install installs chart as release; an existing one is upgraded, with these values only.
func (h Helm) Install(ctx context.Context, release, chart string, values ...Values) (string, error) {
	command := []string{"upgrade", "--install", release, chart}
	for _, value := range values {
		command = append(command, value.arguments()...)
	}
	return h.Run(ctx, command...)
}

// Template renders chart as release, without asking a cluster.
func (h Helm) Template(ctx context.Context, release, chart string, values ...Values) (string, error) {
	command := []string{"template", release, chart}
	for _, value := range values {
		command = append(command, value.arguments()...)
	}
	return h.Run(ctx, command...)
}

// Uninstall removes a release and waits until its objects are gone.
func (h Helm) Uninstall(ctx context.Context, release string) error {
	_, err := h.Run(ctx, "uninstall", release, "--wait", "--timeout", "60s")
	return err
}

// Run runs helm and returns what it prints.
func (h Helm) Run(ctx context.Context, arguments ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	var output, errors bytes.Buffer
	command := exec.CommandContext(ctx, h.Program, append(arguments, "--namespace", h.Namespace)...)
	command.Env = append(os.Environ(), "KUBECONFIG="+h.Kubeconfig, "HOME="+h.Home,
		"HELM_CACHE_HOME="+filepath.Join(h.Home, "cache"), "HELM_CONFIG_HOME="+filepath.Join(h.Home, "config"),
		"HELM_DATA_HOME="+filepath.Join(h.Home, "data"))
	command.Stdout, command.Stderr = &output, &errors
	if err := command.Run(); err != nil {
		return output.String(), fmt.Errorf("helm %s: %w: %s", strings.Join(arguments, " "), err, errors.String())
	}
	return output.String(), nil
}
