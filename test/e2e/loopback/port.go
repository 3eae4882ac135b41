// Package loopback finds ports for programs that must be told theirs.
package loopback

import (
	"fmt"
	"math/rand/v2"
	"net"
)

// The range lies below Linux's ephemeral ports (32768 and up): a port found free there cannot be taken by somebody's
// outgoing connection before the program that is meant to listen on it does.
const lowest, highest = 20000, 32000

// FreePort returns a TCP port of 127.0.0.1 on which nobody listens.
func FreePort() (int, error) {
	for range 100 {
		port := lowest + rand.IntN(highest-lowest)
		listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			continue
		}
		return port, listener.Close()
	}
	return 0, fmt.Errorf("no free port on 127.0.0.1 between %d and %d", lowest, highest)
}
