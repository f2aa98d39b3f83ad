package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"

	"sente/internal/app"
	"sente/internal/app/demo"
	"sente/internal/kernel"
)

// demoRate is the demo's limit of requests a minute: high enough that nobody
// trying it, and no browser test, meets it.
const demoRate = 6000

// runDemo fills a temporary folder with demo data and serves it on this
// machine until told to stop; then the folder is removed.
func runDemo(ctx context.Context, p program, in input) (err error) {
	if err := in.noArgs(); err != nil {
		return err
	}
	c, err := p.config(in)
	if err != nil {
		return err
	}
	if _, given := in.flags["listen"]; !given {
		c.Listen = "127.0.0.1:0"
	}
	if host, _, _ := net.SplitHostPort(c.Listen); !loopback(host) {
		return kernel.Faultf(kernel.ErrInvalid, "cli.demo_loopback", c.Listen)
	}
	dir, err := os.MkdirTemp("", "sente-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	clock := &demo.Clock{}
	c.demoIn(dir, clock)
	if _, given := in.flags["log-level"]; !given {
		c.LogLevel = "warn"
	}
	if c.Log, err = newLog(p.errout, c); err != nil {
		return err
	}
	a, err := p.open(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	if err := p.fill(ctx, a, clock); err != nil {
		return stopped(ctx, err)
	}
	sample := filepath.Join(dir, "招商台账示例.xlsx")
	if err := writeSample(sample); err != nil {
		return err
	}
	return p.listen(ctx, a, c, func(address string) { p.printDemo(address, sample) })
}

// demoIn points the configuration at dir and at the demo's zone. Nothing the
// administrator configured for the real system is touched.
func (c *config) demoIn(dir string, clock *demo.Clock) {
	c.Database, c.OwnerDatabase, c.DataDir = filepath.Join(dir, "sente.db"), "", dir
	c.KeyFile, c.CheckpointDir = filepath.Join(dir, "journal.key"), filepath.Join(dir, "checkpoints")
	c.Zone, c.ZoneName, c.ZoneNameEn, c.Demo = demo.Zone, demo.ZoneName, demo.ZoneNameEn, true
	c.TLSCert, c.TLSKey, c.TrustedProxies = "", "", nil
	c.RateLimit, c.Now = demoRate, clock.Now
}

// fill tells the demo zone's history and says how much that was.
func (p program) fill(ctx context.Context, a *app.App, clock *demo.Clock) error {
	fmt.Fprintln(p.out, p.say("cli.demo_filling"))
	if err := demo.Fill(ctx, a, clock, nil); err != nil {
		return err
	}
	firms, projects, entries, err := demo.Count(ctx, a)
	if err != nil {
		return err
	}
	fmt.Fprintln(p.out, p.say("cli.demo_filled", firms, projects, entries))
	return nil
}

// stopped turns an error that only says "told to stop" into none.
func stopped(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// writeSample writes the register to try the import with.
func writeSample(path string) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return demo.Ledger(f)
}

func (p program) printDemo(address, sample string) {
	fmt.Fprintf(p.out, "\n%s\n\n", p.say("cli.demo_ready", "http://"+address))
	for _, l := range demo.Logins() {
		fmt.Fprintf(p.out, "  %-12s %s\n", l.Login, p.say("cli.role."+l.Role))
	}
	fmt.Fprintf(p.out, "\n%s\n%s\n", p.say("cli.demo_sample", sample), p.say("cli.demo_password", demo.Password))
}
