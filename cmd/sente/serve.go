package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"sente/internal/app"
	"sente/internal/infra/access"
	"sente/internal/infra/httpapi"
	"sente/internal/kernel"
	"sente/web"
)

// serve runs the server until it is told to stop.
func serve(ctx context.Context, p program, in input) (err error) {
	if err := in.noArgs(); err != nil {
		return err
	}
	c, err := p.config(in)
	if err != nil {
		return err
	}
	if c.Log, err = newLog(p.errout, c); err != nil {
		return err
	}
	c.Log.Info("starting", append([]any{"version", buildVersion()}, c.shown()...)...)
	if said := c.besideDatabase(); said != "" {
		c.Log.Warn(said, "checkpoint_dir", c.CheckpointDir)
	}
	a, err := p.open(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	links, err := a.Access.Bootstrap(ctx, c.Zone)
	if err != nil {
		return err
	}
	if len(links) > 0 {
		p.printLinks(links, c)
	}
	return p.listen(ctx, a, c, func(address string) {
		c.Log.Info("listening", "address", address, "tls", c.TLSCert != "")
	})
}

// besideDatabase says in what way the checkpoints are not kept away from the
// database, as they must be to show that it was rewritten; "" when they are, as
// far as the configuration tells.
func (c *config) besideDatabase() string {
	switch {
	case c.CheckpointDir == "":
		return "no checkpoint folder is configured, so nothing outside the database would show that its history was rewritten; set checkpoint_dir to a folder on another disk, best on another machine"
	case strings.HasPrefix(c.Database, "postgres"): // has its own disk
		return ""
	case within(filepath.Dir(strings.TrimPrefix(c.Database, "sqlite:")), c.CheckpointDir):
		return "the checkpoint folder lies beside the database, where whoever rewrites the one can rewrite the other; set checkpoint_dir to a folder on another disk, best on another machine"
	}
	return ""
}

// within reports whether path lies in dir, links resolved where they can be.
func within(dir, path string) bool {
	rel, err := filepath.Rel(resolved(dir), resolved(path))
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// resolved is path without links; what does not exist yet stays as it is.
func resolved(path string) string {
	path, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	for rest := ""; ; {
		if target, err := filepath.EvalSymlinks(path); err == nil {
			return filepath.Join(target, rest)
		}
		if path == filepath.Dir(path) {
			return filepath.Join(path, rest)
		}
		rest, path = filepath.Join(filepath.Base(path), rest), filepath.Dir(path)
	}
}

// open makes the folders of the configuration and opens the system.
func (p program) open(ctx context.Context, c config) (*app.App, error) {
	if err := os.MkdirAll(c.DataDir, 0o700); err != nil {
		return nil, kernel.Faultf(kernel.ErrInvalid, "cli.data_dir", c.DataDir, err.Error())
	}
	pages, built := web.Pages()
	if c.Pages = pages; !built {
		c.Log.Warn("the binary holds no pages; build them with make pages")
	}
	c.Version = buildVersion()
	return app.Open(ctx, c.Config)
}

// listen serves the door and runs what happens by the clock until ctx ends;
// both have ended when it returns.
func (p program) listen(ctx context.Context, a *app.App, c config, listening func(address string)) error {
	clock, stop := context.WithCancel(context.WithoutCancel(ctx))
	var jobs sync.WaitGroup
	jobs.Go(func() { a.Run(clock) })
	defer jobs.Wait()
	defer stop() // after the last request, so that its act is sequenced as well
	return httpapi.Serve(ctx, httpapi.ServerConfig{
		Address: c.Listen, CertFile: c.TLSCert, KeyFile: c.TLSKey, Proxied: len(c.TrustedProxies) > 0,
		Log: c.Log, Listening: listening,
	}, a.Door)
}

// newLog writes to w in the configured form, from the configured level on.
func newLog(w io.Writer, c config) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		return nil, err
	}
	opts := &slog.HandlerOptions{Level: level}
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, opts)), nil
	}
	return slog.New(slog.NewTextHandler(w, opts)), nil
}

// printLinks shows the one-time links of the first start, on standard output
// and never in the log.
func (p program) printLinks(links []access.Link, c config) {
	fmt.Fprintln(p.out, p.say("cli.first_start"))
	for _, l := range links {
		until := time.UnixMilli(l.ExpiresAt).In(kernel.ChinaTime()).Format("2006-01-02 15:04")
		fmt.Fprintf(p.out, "  %s (%s)\n    %s/first-link/%s\n", p.say("cli.role."+l.Role), l.Login, origin(c), l.Token)
		if l.Login == links[len(links)-1].Login {
			fmt.Fprintln(p.out, p.say("cli.first_until", until))
		}
	}
}

// origin is the address people use, as far as the configuration tells.
func origin(c config) string {
	scheme := "http"
	if c.TLSCert != "" || len(c.TrustedProxies) > 0 {
		scheme = "https"
	}
	host, port, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return scheme + "://" + c.Listen
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		if name, err := os.Hostname(); err == nil {
			host = name
		}
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}
