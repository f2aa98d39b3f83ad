package httpapi

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"time"

	"sente/internal/kernel"
)

// ServerConfig says where and how Serve listens.
type ServerConfig struct {
	Address  string // "127.0.0.1:8080"
	CertFile string // PEM; with KeyFile the server speaks TLS itself
	KeyFile  string
	// Proxied says that a trusted proxy (Config.Proxies) in front speaks TLS.
	Proxied bool
	// Grace is how long requests in progress may take when the server stops;
	// default 20 seconds.
	Grace time.Duration
	Log   *slog.Logger
	// Listening is told the address once the server listens; may be nil.
	Listening func(address string)
}

// ErrPlain is returned for an address others can reach without TLS.
var ErrPlain = errors.New("neither a certificate nor a trusted proxy is configured: name the certificate and key files, name the proxies, or listen on a loopback address")

// Serve serves handler until ctx ends, then lets requests in progress finish
// within Grace. It returns nil after such a stop. Sessions must not travel in
// the clear: an address that is not loopback needs TLS or a trusted proxy.
func Serve(ctx context.Context, cfg ServerConfig, handler http.Handler) (err error) {
	defer kernel.Wrap(&err, "httpapi.Serve(%q)", cfg.Address)
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.CertFile == "" && !cfg.Proxied && !loopback(cfg.Address) {
		return ErrPlain
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", cfg.Address)
	if err != nil {
		return err
	}
	server := newServer(cfg, handler)
	stopping, leave := context.WithCancel(context.Background())
	defer leave()
	server.RegisterOnShutdown(leave)
	server.BaseContext = func(net.Listener) context.Context {
		return context.WithValue(context.Background(), stoppingKey{}, stopping)
	}
	if cfg.Listening != nil {
		cfg.Listening(listener.Addr().String())
	}
	served := make(chan error, 1)
	go func() { served <- serve(server, listener, cfg) }()
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
		return stop(server, served, cfg)
	}
}

// newServer sets the times a connection may take. Answers have no overall limit:
// the door sets one for each piece.
func newServer(cfg ServerConfig, handler http.Handler) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		TLSConfig:         &tls.Config{MinVersion: tls.VersionTLS12},
		ErrorLog:          slog.NewLogLogger(cfg.Log.Handler(), slog.LevelWarn),
	}
}

func serve(server *http.Server, l net.Listener, cfg ServerConfig) error {
	if cfg.CertFile != "" {
		return server.ServeTLS(l, cfg.CertFile, cfg.KeyFile)
	}
	return server.Serve(l)
}

// stoppingKey finds the context that ends when the server begins to stop: requests
// may finish, event streams, which never would by themselves, end then.
type stoppingKey struct{}

// stop ends the server; what still runs after the grace is cut off.
func stop(server *http.Server, served <-chan error, cfg ServerConfig) error {
	grace := cfg.Grace
	if grace == 0 {
		grace = 20 * time.Second
	}
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	err := server.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		cfg.Log.Warn("requests cut off at shutdown", "grace", grace.String())
		err = server.Close()
	}
	if end := <-served; !errors.Is(end, http.ErrServerClosed) {
		return errors.Join(err, end)
	}
	if err != nil {
		return fmt.Errorf("shutdown: %w", err)
	}
	return nil
}

// loopback reports whether only this machine reaches address.
func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}
