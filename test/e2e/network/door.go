package network

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"
	"time"
)

// Door stands before an HTTP server that has one token and knows no other; the door knows several, which come and go.
type Door struct {
	token  string // the server's
	server *http.Server
	mutex  sync.Mutex
	tokens map[string]bool
}

// OpenDoor leads to the server at target.
func OpenDoor(target, header, token string) (*Door, error) {
	server, err := url.Parse(target)
	if err != nil {
		return nil, err
	}
	d := &Door{token: token, tokens: map[string]bool{}}
	d.server = &http.Server{ErrorLog: log.New(io.Discard, "", 0), Handler: &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(server)
			r.Out.Header.Set(header, d.exchange(r.In.Header.Get(header)))
		},
		ErrorLog:     log.New(io.Discard, "", 0), // a server that is gone is what the test wants
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	}}
	return d, nil
}

// Listen opens the door at an address and returns where it is.
func (d *Door) Listen(host string) (string, error) {
	listener, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		return "", err
	}
	go func() { _ = d.server.Serve(listener) }() // ends with Close
	return "http://" + listener.Addr().String(), nil
}

// Close ends everything.
func (d *Door) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = d.server.Shutdown(ctx)
	_ = d.server.Close()
}

// Accept makes these the tokens that are good, and no others.
func (d *Door) Accept(tokens ...string) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	d.tokens = map[string]bool{}
	for _, token := range tokens {
		d.tokens[token] = true
	}
}

// exchange gives the server's token for a good one.
func (d *Door) exchange(token string) string {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	if d.tokens[token] {
		return d.token
	}
	return "none"
}
