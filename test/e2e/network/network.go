// Package network gives programs a network of their own, joined to ours by links that can be cut. It needs the right to make network
// namespaces; they are named in /run/netns and stay there, so that folder should be one that goes with the caller.
package network

import (
	"fmt"
	"os/exec"
	"strings"
)

// Place is a network namespace that is joined to ours by links, each with a network of four addresses.
type Place struct {
	name   string
	number int
	links  []string
}

// New makes a place of that name, the number-th one from 1, with its links.
func New(name string, number int, links ...string) (*Place, error) {
	p := &Place{name: name, number: number, links: links}
	if err := ip("netns", "add", name); err != nil {
		return nil, err
	}
	for _, link := range links {
		if err := p.join(link); err != nil {
			return nil, err
		}
	}
	return p, ip("-n", name, "link", "set", "lo", "up")
}

// Remove takes the place and its links away.
func (p *Place) Remove() error { return ip("netns", "delete", p.name) }

// Within returns the command that runs a command in the place.
func (p *Place) Within(command ...string) []string {
	return append([]string{"nsenter", "--net=/run/netns/" + p.name}, command...)
}

// Near is our address on a link, Far is the place's.
func (p *Place) Near(link string) string { return Near(p.number, p.index(link)) }
func (p *Place) Far(link string) string  { return address(p.number, p.index(link), 2) }

// Near is our address on the index-th link, from 0, of the number-th place, made or not.
func Near(number, index int) string { return address(number, index, 1) }

// Cut takes our end of a link down, or the place's: who sits at that end finds no way, the other hears nothing any more.
func (p *Place) Cut(link string, ours bool) error { return p.set(link, ours, "down") }

// Mend brings both ends up again.
func (p *Place) Mend(link string) error {
	if err := p.set(link, true, "up"); err != nil {
		return err
	}
	return p.set(link, false, "up")
}

func (p *Place) set(link string, ours bool, state string) error {
	if ours {
		return ip("link", "set", p.device(link), state)
	}
	return ip("-n", p.name, "link", "set", p.device(link), state)
}

func (p *Place) join(link string) error {
	device := p.device(link)
	for _, command := range [][]string{
		{"link", "add", device, "type", "veth", "peer", "name", device, "netns", p.name},
		{"address", "add", p.Near(link) + "/30", "dev", device},
		{"-n", p.name, "address", "add", p.Far(link) + "/30", "dev", device},
	} {
		if err := ip(command...); err != nil {
			return err
		}
	}
	return p.Mend(link)
}

// device is what both ends of a link are called; the kernel takes at most 15 letters.
func (p *Place) device(link string) string { return p.name + "-" + link }

func (p *Place) index(link string) int {
	for i, l := range p.links {
		if l == link {
			return i
		}
	}
	panic("place " + p.name + " has no link " + link)
}

// address: 198.18.0.0/15 is set aside for tests of networks.
func address(number, index, end int) string { return fmt.Sprintf("198.18.%d.%d", number, 4*index+end) }

func ip(arguments ...string) error {
	output, err := exec.Command("ip", arguments...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("ip %s: %w: %s", strings.Join(arguments, " "), err, output)
	}
	return nil
}
