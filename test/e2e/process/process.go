// Package process runs the programs under test. None of them outlives the tests, however the tests end.
package process

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
)

// Process is a running program whose output goes to a file.
type Process struct {
	Name    string
	LogFile string

	pid    int
	exited chan struct{}
	err    error // how it ended; set before exited is closed
}

// Start runs a program with its output in logs/name.log. A program started again goes on in the same file.
func Start(name, logs string, command ...string) (*Process, error) {
	p := &Process{Name: name, LogFile: filepath.Join(logs, name+".log"), exited: make(chan struct{})}
	started := make(chan error)
	go p.run(command, started)
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	return p, nil
}

// run keeps its thread until the program has ended: the kernel sends the parent death signal when the thread that
// started the child ends, not when the whole parent does.
func (p *Process) run(command []string, started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()

	log, err := os.OpenFile(p.LogFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		started <- err
		return
	}
	defer log.Close()
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		started <- err
		return
	}
	p.pid = cmd.Process.Pid
	started <- nil
	p.err = cmd.Wait()
	close(p.exited)
}

// AwaitReady asks until ready returns nil, the program ends or the time is over.
func (p *Process) AwaitReady(ctx context.Context, within time.Duration, ready func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	for {
		err := ready(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-p.exited:
			return fmt.Errorf("%s ended before it was ready (%v)\n%s", p.Name, p.err, p.LogTail(20))
		case <-ctx.Done():
			return fmt.Errorf("%s was not ready within %s: %w\n%s", p.Name, within, err, p.LogTail(20))
		case <-again.C:
		}
	}
}

// Stop asks the program to end, kills it when it has not after grace, and returns how it ended.
func (p *Process) Stop(grace time.Duration) error {
	select {
	case <-p.exited:
		return fmt.Errorf("%s ended before it was told to (%v)", p.Name, p.err)
	default:
		p.Signal(syscall.SIGTERM)
	}
	select {
	case <-p.exited:
		return p.err
	case <-time.After(grace):
		p.Kill()
		return fmt.Errorf("%s did not end within %s of SIGTERM", p.Name, grace)
	}
}

// Kill ends the program and its children with SIGKILL.
func (p *Process) Kill() {
	p.Signal(syscall.SIGKILL)
	<-p.exited
}

// Signal goes to the process group; once the program was waited for, the number may belong to somebody else.
func (p *Process) Signal(s syscall.Signal) {
	select {
	case <-p.exited:
	default:
		_ = syscall.Kill(-p.pid, s) // the only error is that it has just ended
	}
}

// LogTail returns the last lines of what the program wrote, for a failure's message.
func (p *Process) LogTail(lines int) string {
	text, err := os.ReadFile(p.LogFile)
	if err != nil {
		return err.Error()
	}
	all := bytes.Split(bytes.TrimRight(text, "\n"), []byte("\n"))
	tail := all[max(0, len(all)-lines):]
	return fmt.Sprintf("--- %s, last %d of %d lines of %s\n%s\n",
		p.Name, len(tail), len(all), p.LogFile, bytes.Join(tail, []byte("\n")))
}
