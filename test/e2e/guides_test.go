package e2e

import (
	"context"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// What the guides tell people to look at; placeholders of runbooks (NODE, POD) are in capitals.
var (
	documentedLook = regexp.MustCompile(
		`(?m)^ *(kubectl (?:get --raw '/apis/external\S+|get apiservice |-n coder (?:get|describe) hpa ).*[^\\\n])$`)
	placeholder = regexp.MustCompile(`\b[A-Z]{3,}\b`)
)

// Every look that a guide or a runbook tells people to take shows something.
func TestGuidesLook(t *testing.T) {
	lines := documentedLooks(t)
	startAdapter(t, startCoder(t))
	startPool(t, "default")
	await(t, time.Minute, "kubectl knows the metrics", func(ctx context.Context) error {
		_, err := control.Kubectl(ctx, "get", "cpd", "-n", namespace)
		return err
	})
	for line, page := range lines {
		output, err := control.Kubectl(t.Context(), words(line)[1:]...)
		switch {
		case err != nil:
			t.Errorf("%s: %s: %v", page, line, err)
		case strings.TrimSpace(output) == "":
			t.Errorf("%s: %s: shows nothing", page, line)
		}
	}
	t.Logf("%d looks of the guides show something", len(lines))
}

// documentedLooks are the lines, each with a page that has it.
func documentedLooks(t *testing.T) map[string]string {
	t.Helper()
	lines := map[string]string{}
	for _, pattern := range []string{"../../docs/*.md", "../../docs/runbooks/*.md"} {
		pages, err := filepath.Glob(pattern)
		must(t, err)
		for _, page := range pages {
			for _, found := range documentedLook.FindAllStringSubmatch(readPage(t, page), -1) {
				line, _, _ := strings.Cut(found[1], " #")
				line, _, _ = strings.Cut(line, " | ")
				if !placeholder.MatchString(line) && !strings.Contains(line, "experimental") {
					lines[strings.TrimSpace(line)] = filepath.Base(page)
				}
			}
		}
	}
	if len(lines) < 5 {
		t.Fatalf("the guides have only these looks: %v", lines)
	}
	return lines
}
