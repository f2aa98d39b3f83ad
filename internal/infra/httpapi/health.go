package httpapi

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"sente/internal/kernel"
)

// readyTime bounds the checks of /readyz.
const readyTime = 3 * time.Second

// healthz answers as long as the process serves at all.
func (d *Door) healthz(w http.ResponseWriter, _ *http.Request) { plain(w, "ok\n") }

// readyz answers 200 when requests can be served, 503 with a problem when not.
func (d *Door) readyz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), readyTime)
	defer cancel()
	checks := append([]func(context.Context) error{d.cfg.DB.Ping}, d.cfg.Ready...) // open means migrated
	for _, ready := range checks {
		if err := ready(ctx); err != nil {
			d.cfg.Log.LogAttrs(ctx, slog.LevelWarn, "not ready", slog.String("error", err.Error()))
			d.refuse(w, r, kernel.Faultf(kernel.ErrUnavailable, "httpapi.not_ready"))
			return
		}
	}
	plain(w, "ready\n")
}

func plain(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write([]byte(text)) // the reader has gone: nobody is left to tell
}
