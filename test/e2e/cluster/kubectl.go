package cluster

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// Kubectl runs kubectl as the administrator and returns what it prints. Its caches stay in the cluster's own folder.
func (c *Cluster) Kubectl(ctx context.Context, arguments ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	home, err := c.folder("home")
	if err != nil {
		return "", err
	}
	var output, errors bytes.Buffer
	command := exec.CommandContext(ctx, c.options.Kubectl, arguments...)
	command.Env = append(os.Environ(), "HOME="+home, "KUBECONFIG="+c.Kubeconfig)
	command.Stdout, command.Stderr = &output, &errors
	if err := command.Run(); err != nil {
		return "", fmt.Errorf("kubectl %s: %w: %s", strings.Join(arguments, " "), err, errors.String())
	}
	return output.String(), nil
}
