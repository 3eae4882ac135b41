// Command controlplane is kube-apiserver and kube-controller-manager in one binary, so that the end-to-end tests
// link the Kubernetes libraries once. Which of the two it is, its own name says (a link to it called
// kube-apiserver), or else its first argument.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
)

var commands = map[string]func() *cobra.Command{
	"kube-apiserver":          apiserver.NewAPIServerCommand,
	"kube-controller-manager": controllermanager.NewControllerManagerCommand,
}

func main() {
	newCommand := chooseCommand()
	if newCommand == nil {
		fmt.Fprintln(os.Stderr, "usage: controlplane kube-apiserver|kube-controller-manager [flags]")
		os.Exit(2)
	}
	os.Exit(cli.Run(newCommand()))
}

// chooseCommand takes the name from the arguments, because the commands parse what is left of them.
func chooseCommand() func() *cobra.Command {
	if newCommand := commands[filepath.Base(os.Args[0])]; newCommand != nil {
		return newCommand
	}
	if len(os.Args) < 2 {
		return nil
	}
	newCommand := commands[os.Args[1]]
	os.Args = append(os.Args[:1], os.Args[2:]...)
	return newCommand
}
