// Package emulator starts coder-emulator and turns its knobs through its control API.
package emulator

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"syscall"
	"text/template"
	"time"

	"coder-metrics-adapter/test/e2e/process"
)

// Token is the session token that the emulated Coder accepts.
const Token = "e2e-token-secret"

// Pool is the pool of provisioners in the scenario.
const Pool = "default"

//go:embed scenario.yaml
var scenario string

// Emulator is a running coder-emulator.
type Emulator struct {
	URL     string
	process *process.Process
}

// State is what the emulator says about itself, by the names of GET /emulator/state.
type State struct {
	Jobs struct{ Pending, Active, Succeeded, Failed, Canceled int }
	// Draining provisioners finish their job and then leave.
	Pools []struct {
		Name                           string
		Replicas, Idle, Busy, Draining int
	}
	Waits struct {
		Count                                  int
		P50Seconds, P95Seconds, LongestSeconds float64
	}
}

// Arrival is a number of jobs that come at once.
type Arrival struct {
	Count    int
	Duration time.Duration // how long a provisioner works on each
	Spread   time.Duration // each takes at most so much more or less
}

// Start runs the emulator on a port of its own choice.
func Start(ctx context.Context, program, dir, logs string) (*Emulator, error) {
	var text bytes.Buffer
	if err := template.Must(template.New("scenario").Parse(scenario)).Execute(&text, struct{ Token string }{Token}); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "scenario.yaml")
	if err := os.WriteFile(path, text.Bytes(), 0o600); err != nil {
		return nil, err
	}
	p, err := process.Start("coder-emulator", logs, program, "--listen", "127.0.0.1:0", "--scenario", path)
	if err != nil {
		return nil, err
	}
	e := &Emulator{process: p}
	if err := p.AwaitReady(ctx, 10*time.Second, e.findPort); err != nil {
		_ = e.Stop()
		return nil, err
	}
	return e, nil
}

// Stop ends the emulator.
func (e *Emulator) Stop() error { return e.process.Stop(5 * time.Second) }

// LogTail returns the end of its log.
func (e *Emulator) LogTail(lines int) string { return e.process.LogTail(lines) }

// State asks how the emulated Coder fares.
func (e *Emulator) State(ctx context.Context) (state State, err error) {
	return state, e.do(ctx, http.MethodGet, "/emulator/state", nil, &state)
}

// SetReplicas tells the pool how many provisioners it has.
func (e *Emulator) SetReplicas(ctx context.Context, replicas int32) error {
	return e.do(ctx, http.MethodPut, "/emulator/pools/"+Pool+"/replicas", map[string]any{"replicas": replicas}, nil)
}

// Post makes jobs arrive now: people who start their workspaces.
func (e *Emulator) Post(ctx context.Context, arrival Arrival) error {
	return e.do(ctx, http.MethodPost, "/emulator/arrivals", map[string]any{
		"at": "0s", "over": "0s", "count": arrival.Count,
		"organization": "coder", "tags": map[string]string{},
		"type": "workspace_build", "initiator": "user",
		"duration": arrival.Duration.String(), "spread": arrival.Spread.String(),
	}, nil)
}

// GoDown makes Coder's API refuse to answer until ComeBack; its provisioners go on working.
func (e *Emulator) GoDown(ctx context.Context) error { return e.Break(ctx, "down") }

// Break makes Coder's API go wrong in one of the ways that coder-emulator knows, until ComeBack.
func (e *Emulator) Break(ctx context.Context, kind string) error {
	return e.do(ctx, http.MethodPut, "/emulator/faults", map[string]any{"kind": kind, "seconds": 0, "organization": ""}, nil)
}

// Freeze stops the program where it is, until Thaw.
func (e *Emulator) Freeze() { e.process.Signal(syscall.SIGSTOP) }

// Thaw lets it go on.
func (e *Emulator) Thaw() { e.process.Signal(syscall.SIGCONT) }

// ComeBack ends the fault.
func (e *Emulator) ComeBack(ctx context.Context) error {
	return e.do(ctx, http.MethodDelete, "/emulator/faults", nil, nil)
}

var listening = regexp.MustCompile(`listening on (127\.0\.0\.1:\d+)`)

// findPort reads the address in the log, because only the emulator knows which port the kernel gave it.
func (e *Emulator) findPort(ctx context.Context) error {
	log, err := os.ReadFile(e.process.LogFile)
	if err != nil {
		return err
	}
	addresses := listening.FindAllSubmatch(log, -1)
	if len(addresses) == 0 {
		return errors.New("it has not said where it listens")
	}
	e.URL = "http://" + string(addresses[len(addresses)-1][1])
	_, err = e.State(ctx)
	return err
}

// do sends body as JSON unless it is nil, and decodes the answer unless into is nil.
func (e *Emulator) do(ctx context.Context, method, path string, body, into any) error {
	var content bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&content).Encode(body); err != nil {
			return err
		}
	}
	request, err := http.NewRequestWithContext(ctx, method, e.URL+path, &content)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode/100 != 2 {
		return fmt.Errorf("%s %s: %s: %s", method, path, answer.Status, text)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(text, into)
}
