package httpapi_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"sente/internal/infra/httpapi"
	"sente/internal/infra/httpapi/apitest"
	"sente/internal/infra/store"
	"sente/internal/infra/store/storetest"
	"sente/internal/kernel"
)

type versioned struct {
	ETag string `header:"ETag"`
	Body struct {
		Name string `json:"name"`
	}
}

func TestVersions(t *testing.T) {
	t.Parallel()
	type change struct {
		httpapi.IfMatch
		Body struct {
			Name string `json:"name"`
		}
	}
	version, name := int64(1), "old"
	h := open(t, database(t), nil, func(d *httpapi.Door) {
		httpapi.Handle(d, httpapi.Route{Method: "GET", Path: "/thing", Perm: "x.y"}, func(context.Context, *none) (*versioned, error) {
			out := &versioned{ETag: httpapi.ETag(version)}
			out.Body.Name = name
			return out, nil
		})
		httpapi.Handle(d, httpapi.Route{Method: "PATCH", Path: "/thing", Perm: "x.y", Match: true}, func(_ context.Context, in *change) (*versioned, error) {
			v, err := in.Version()
			if err == nil && v != version {
				err = httpapi.Stale()
			}
			if err != nil {
				return nil, err
			}
			version++
			name = in.Body.Name
			return &versioned{ETag: httpapi.ETag(version)}, nil
		})
	})
	ann, bob := h.As("en").Token("ann"), h.As("en").Token("bob")
	tag := ann.Get("/thing").Status(200).ETag()
	if tag != `"1"` {
		t.Fatalf("ETag %s", tag)
	}
	ann.Patch("/thing", apitest.Object{"name": "x"}).Refused(428, "httpapi.if_match_missing", "If-Match")
	for _, bad := range []string{"1", `w/"1"`, `W/1`, `W/W/"1"`, `W/ "1"`, `"01"`, `"x"`, `*`, `"1", "2"`, `"-1"`} {
		ann.IfMatch(bad).Patch("/thing", apitest.Object{"name": "x"}).Refused(422, "httpapi.if_match_malformed", "If-Match")
	}
	// a proxy that compresses has made the tag weak
	if got := bob.IfMatch("W/"+tag).Patch("/thing", apitest.Object{"name": "bob's"}).Status(200).ETag(); got != `"2"` {
		t.Errorf("ETag after a change %s", got)
	}
	ann.IfMatch("W/"+tag).Patch("/thing", apitest.Object{"name": "ann's"}).Problem(412, "httpapi.stale")
	p := ann.IfMatch(tag).Patch("/thing", apitest.Object{"name": "ann's"}).Problem(412, "httpapi.stale")
	if name != "bob's" || p.Detail != "Someone else has changed this; reload, compare and save again" {
		t.Errorf("name %q, %q", name, p.Detail)
	}
	r := ann.With("If-None-Match", `"1", W/"2"`).Get("/thing").Status(304)
	if len(r.Body) != 0 || r.ETag() != `"2"` {
		t.Errorf("304 with %q", r.Body)
	}
	ann.With("If-None-Match", `"1"`).Get("/thing").Status(200)
}

func TestPaging(t *testing.T) {
	t.Parallel()
	type in struct {
		httpapi.Page
		Stage string `query:"stage"`
	}
	type out struct{ Body httpapi.List[int] }
	h := open(t, database(t), nil, func(d *httpapi.Door) {
		httpapi.Handle(d, httpapi.Route{Method: "GET", Path: "/numbers", Perm: "x.y"}, func(_ context.Context, in *in) (*out, error) {
			var after struct{ N int }
			if _, err := httpapi.DecodeCursor(in.Cursor, &after, "n", in.Stage); err != nil {
				return nil, err
			}
			var rows []int
			for n := after.N + 1; n <= 120 && len(rows) <= in.Limit; n++ {
				rows = append(rows, n)
			}
			var o out
			page, more := httpapi.NextPage(rows, in.Limit)
			o.Body.Items = page
			if more {
				next, err := httpapi.EncodeCursor(struct{ N int }{page[len(page)-1]}, "n", in.Stage)
				if err != nil {
					return nil, err
				}
				o.Body.NextCursor = next
			}
			return &o, nil
		})
	})
	ann := h.As("en").Token("ann")
	var all []int
	sizes, path := []int{}, "/numbers?stage=lead"
	for {
		var page httpapi.List[int]
		ann.Get(path).Status(200).JSON(&page)
		all, sizes = append(all, page.Items...), append(sizes, len(page.Items))
		if page.NextCursor == "" {
			break
		}
		path = "/numbers?stage=lead&cursor=" + page.NextCursor
	}
	if len(all) != 120 || !slices.IsSorted(all) || !slices.Equal(sizes, []int{50, 50, 20}) {
		t.Errorf("%d items in pages of %v", len(all), sizes)
	}
	cursor := strings.TrimPrefix(path, "/numbers?stage=lead&cursor=")
	ann.Get("/numbers?stage=signed&cursor="+cursor).Refused(422, "httpapi.cursor_other", "cursor")
	for _, bad := range []string{"x", cursor[1:], cursor + "A", "e30", "bnVsbA"} {
		ann.Get("/numbers?stage=lead&cursor="+bad).Refused(422, "httpapi.cursor_malformed", "cursor")
	}
	var empty httpapi.List[int]
	last, err := httpapi.EncodeCursor(struct{ N int }{120}, "n", "lead")
	if err != nil {
		t.Fatal(err)
	}
	if r := ann.Get("/numbers?stage=lead&cursor=" + last).Status(200).JSON(&empty); strings.TrimSpace(string(r.Body)) != `{"items":[]}` {
		t.Errorf("an empty page is %s", r.Body)
	}
	ann.Get("/numbers?limit=201").Refused(422, "httpapi.invalid", "limit")
}

// TestIdempotency runs on both engines: the promise rests on the database.
func TestIdempotency(t *testing.T) {
	t.Parallel()
	storetest.Each(t, []fs.FS{httpapi.Migrations}, func(t *testing.T, db *store.DB) {
		type in struct {
			Fail string `query:"fail"`
			Code string `query:"code"`
			Body struct {
				Name string `json:"name"`
			}
		}
		type out struct {
			Location string `header:"Location"`
			Body     struct {
				N int64 `json:"n"`
			}
		}
		var acts atomic.Int64
		gate := make(chan struct{})
		h := open(t, db, nil, func(d *httpapi.Door) {
			act := func(ctx context.Context, in *in) (*out, error) {
				n := acts.Add(1)
				fail, done := strings.CutPrefix(in.Fail, "done-")
				if done {
					if err := db.Update(ctx, func(store.Tx) error { return nil }); err != nil {
						return nil, err
					}
				}
				switch fail {
				case "invalid":
					return nil, kernel.FieldFault("name", "httpapi.v_required")
				case "conflict":
					return nil, kernel.Faultf(kernel.ErrConflict, "httpapi.stale")
				case "unavailable":
					if in.Code == "" {
						return nil, context.DeadlineExceeded
					}
					return nil, kernel.Faultf(kernel.ErrUnavailable, in.Code)
				case "error":
					return nil, errors.New("boom")
				case "panic":
					panic("boom")
				case "slow":
					<-gate
				}
				o := &out{Location: fmt.Sprintf("/things/%d", n)}
				o.Body.N = n
				return o, nil
			}
			httpapi.Handle(d, httpapi.Route{Method: "POST", Path: "/things", Perm: "x.y", Status: 201}, act)
			httpapi.Handle(d, httpapi.Route{Method: "POST", Path: "/links", Perm: "x.y", Status: 201, Secret: true}, act)
		})
		ann := h.As("en").Token("ann")
		body := apitest.Object{"name": "x"}

		first := ann.Key("k1").Post("/things", body).Status(201)
		again := ann.Key("k1").Post("/things", body).Status(201)
		if string(first.Body) != string(again.Body) || again.Header.Get("Location") != "/things/1" || again.Header.Get("Content-Type") != "application/json" ||
			again.Header.Get("Idempotency-Replayed") != "true" || first.Header.Get("Idempotency-Replayed") != "" || acts.Load() != 1 {
			t.Errorf("first %s, again %s %v, %d acts", first.Body, again.Body, again.Header, acts.Load())
		}
		ann.Key("k1").Post("/things", apitest.Object{"name": "y"}).Problem(409, "httpapi.idempotency_reused")
		ann.Key("k1").Post("/things?fail=no", body).Problem(409, "httpapi.idempotency_reused")
		h.As("en").Token("bob").Key("k1").Post("/things", body).Status(201)
		if acts.Load() != 2 {
			t.Errorf("bob's key is ann's: %d acts", acts.Load())
		}
		ann.Key("has space").Post("/things", body).Refused(422, "httpapi.idempotency_malformed", "Idempotency-Key")
		ann.Key(strings.Repeat("k", 129)).Post("/things", body).Refused(422, "httpapi.idempotency_malformed", "Idempotency-Key")

		count := func(want int64) {
			t.Helper()
			if got := acts.Swap(0); got != want {
				t.Errorf("%d acts, want %d", got, want)
			}
		}
		count(2)
		for range 2 {
			ann.Key("k2").Post("/things?fail=invalid", body).Refused(422, "httpapi.v_required", "name")
		}
		count(1) // wrong in itself: told again, not tried again
		for range 2 {
			ann.Key("k3").Post("/things?fail=conflict", body).Problem(409, "httpapi.stale")
		}
		count(2) // the state may have changed: tried again

		for _, fail := range []string{"error", "panic"} {
			ann.Key(fail).Post("/things?fail="+fail, body).Problem(500, "httpapi.internal")
			ann.Key(fail).Post("/things?fail="+fail, body).Problem(500, "httpapi.internal")
			count(2) // nothing was committed: tried again
			ann.Key("done-"+fail).Post("/things?fail=done-"+fail, body).Problem(500, "httpapi.internal")
			ann.Key("done-"+fail).Post("/things?fail=done-"+fail, body).Problem(409, "httpapi.idempotency_unsettled")
			ann.Key("done-"+fail).Post("/things?fail=other", body).Problem(409, "httpapi.idempotency_reused")
			count(1) // the act was done before: not tried again
		}
		for _, code := range []string{"store.busy", "store.full", "store.down", ""} {
			for fail, want := range map[string]int64{"unavailable": 2, "done-unavailable": 1} {
				ann.Key(fail+code).Post("/things?fail="+fail+"&code="+code, body).Status(503)
				ann.Key(fail+code).Post("/things?fail="+fail+"&code="+code, body)
				count(want)
			}
		}
		for range 2 { // done, and told by way of a refusal: told again
			ann.Key("k4").Post("/things?fail=done-conflict", body).Problem(409, "httpapi.stale")
		}
		count(1)

		ann.Key("k6").Post("/links", body).Status(201)
		ann.Key("k6").Post("/links", body).Problem(409, "httpapi.idempotency_secret")
		count(1)
		ctx := storetest.Ctx(t, "z")
		if err := db.View(ctx, func(tx store.Tx) error {
			n, err := store.Count(ctx, tx, "SELECT count(*) FROM httpapi_idempotency WHERE zone = $1 AND key = 'k6' AND length(body) > 0", tx.Zone)
			if n != 0 {
				t.Error("a secret answer is in the database")
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}

		var both sync.WaitGroup
		replies := make([]*apitest.Reply, 2)
		for i := range replies {
			both.Go(func() { replies[i] = ann.Key("k7").Post("/things?fail=slow", body) })
		}
		for acts.Load() == 0 {
			time.Sleep(time.Millisecond)
		}
		time.Sleep(150 * time.Millisecond) // the second has met the first by now, or will find it done
		close(gate)
		both.Wait()
		if a, b := replies[0].Status(201), replies[1].Status(201); string(a.Body) != string(b.Body) {
			t.Errorf("two at once: %s and %s", a.Body, b.Body)
		}
		count(1)

		if err := h.door.Sweep(ctx); err != nil {
			t.Fatal(err)
		}
		ann.Key("k1").Post("/things", body).Status(201)
		count(0) // swept are only old ones
	})
}

func TestIdempotencyInTime(t *testing.T) {
	t.Parallel()
	at := &clock{at: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	db, err := store.Open(t.Context(), store.Config{DSN: filepath.Join(t.TempDir(), "s.db"), Now: at.now, Log: slog.New(slog.DiscardHandler)}, httpapi.Migrations)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var acts atomic.Int64
	h := open(t, db, nil, func(d *httpapi.Door) {
		httpapi.Handle(d, httpapi.Route{Method: "POST", Path: "/things", Perm: "x.y"}, func(context.Context, *none) (*none, error) {
			acts.Add(1)
			return nil, nil
		})
	})
	ann := h.As("en").Token("ann")
	ann.Key("k").Post("/things", nil).Status(204)
	at.pass(23 * time.Hour)
	ann.Key("k").Post("/things", nil).Status(204)
	if acts.Load() != 1 {
		t.Error("forgotten within a day")
	}
	at.pass(2 * time.Hour)
	ann.Key("k").Post("/things", nil).Status(204)
	if acts.Load() != 2 {
		t.Error("remembered beyond a day")
	}
	ctx := storetest.Ctx(t, "z")
	rows := func() (n int64) {
		if err := db.View(ctx, func(tx store.Tx) (err error) {
			n, err = store.Count(ctx, tx, "SELECT count(*) FROM httpapi_idempotency WHERE zone = $1", tx.Zone)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return n
	}
	at.pass(25 * time.Hour)
	if err := h.door.Sweep(ctx); err != nil || rows() != 0 {
		t.Errorf("after the sweep %d rows, %v", rows(), err)
	}
}

// TestIdempotencyOutlivesItsProcess: a key whose request died with its process,
// or was only slow, has one effect and not two.
func TestIdempotencyOutlivesItsProcess(t *testing.T) {
	t.Parallel()
	at := &clock{at: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	db, err := store.Open(t.Context(), store.Config{DSN: filepath.Join(t.TempDir(), "s.db"), Now: at.now, Log: slog.New(slog.DiscardHandler)}, httpapi.Migrations)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var acts, committed atomic.Int64
	arrived, gate := make(chan bool, 1), make(chan bool)
	h := open(t, db, nil, func(d *httpapi.Door) {
		type in struct {
			Wait bool `query:"wait"`
		}
		httpapi.Handle(d, httpapi.Route{Method: "POST", Path: "/things", Perm: "x.y"}, func(ctx context.Context, in *in) (*none, error) {
			acts.Add(1)
			if in.Wait {
				arrived <- true
				<-gate
			}
			err := db.Update(ctx, func(store.Tx) error { return nil })
			if err == nil {
				committed.Add(1)
			}
			return nil, err
		})
	})
	ann, ctx := h.As("zh").Token("ann"), storetest.Ctx(t, "z")
	set := func(status int, holder string) {
		t.Helper()
		if err := db.Update(ctx, func(tx store.Tx) error {
			_, err := tx.ExecContext(ctx, "UPDATE httpapi_idempotency SET status = $2, holder = $3 WHERE zone = $1", tx.Zone, status, holder)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	ann.Key("k").Post("/things", nil).Status(204)
	set(-2, "another process/1") // killed between its act and its answer
	at.pass(2 * time.Second)
	p := ann.Key("k").Post("/things", nil).Problem(409, "httpapi.idempotency_done")
	if p.Detail != "同一请求已经生效，只是当时的答复没有留下。请刷新查看结果，不要重新提交" || acts.Load() != 1 {
		t.Errorf("%q after %d acts", p.Detail, acts.Load())
	}
	set(0, "another process/1") // killed before its act
	ann.Key("k").Post("/things", nil).Status(204)
	ann.Key("k").Post("/things", nil).Status(204)
	if acts.Load() != 2 {
		t.Errorf("%d acts, want the second one", acts.Load())
	}
	slow := make(chan *apitest.Reply)
	go func() { slow <- ann.Key("slow").Post("/things?wait=true", nil) }()
	<-arrived
	set(0, "another process/2") // which took it for dead
	close(gate)
	if r := <-slow; r.Problem(409, "httpapi.idempotency_running").Status != 409 || committed.Load() != 2 {
		t.Errorf("one that no longer holds the key has done its act: %d", committed.Load())
	}
}

func TestIdempotentUpload(t *testing.T) {
	t.Parallel()
	type in struct{ httpapi.Upload }
	acts := 0
	h := open(t, database(t), nil, func(d *httpapi.Door) {
		httpapi.Handle(d, httpapi.Route{Method: "POST", Path: "/files", Perm: "x.y", Upload: true, MaxBody: 2000}, func(_ context.Context, in *in) (*none, error) {
			acts++
			_, err := io.Copy(io.Discard, in)
			return nil, err
		})
	})
	ann := h.As("en").Token("ann")
	for range 2 { // each time with another boundary
		ann.Key("u").Upload("/files", nil, "a.txt", []byte("one")).Status(204)
	}
	ann.Key("u").Upload("/files", nil, "a.txt", []byte("two")).Problem(409, "httpapi.idempotency_reused")
	ann.Key("v").Upload("/files", nil, "a.txt", make([]byte, 3000)).Problem(413, "httpapi.body_large")
	if acts != 1 {
		t.Errorf("%d acts, want 1", acts)
	}
	left, err := filepath.Glob(filepath.Join(os.TempDir(), "sente-upload-*"))
	if err != nil || len(left) != 0 {
		t.Errorf("spooled files left: %v %v", left, err)
	}
}

type exportIn struct {
	httpapi.Format
	Fail int `query:"fail"`
}

// twoPages returns two pages of a sheet; page in.Fail fails.
func twoPages(_ context.Context, in *exportIn) (*httpapi.Sheet, error) {
	if in.Fail == 9 {
		return nil, kernel.Faultf(kernel.ErrDenied, "httpapi.kind_denied")
	}
	n := 0
	return &httpapi.Sheet{Name: "项目/清单", Columns: []string{"名称", "金额"}, Next: func(context.Context) ([][]any, error) {
		n++
		if n == in.Fail {
			return nil, kernel.Faultf(kernel.ErrUnavailable, "store.busy")
		}
		if n > 2 {
			return nil, nil
		}
		big := make([][]any, 0, 2000)
		for range 2000 {
			big = append(big, []any{"=SUM(A1)", kernel.Money{Minor: 123456, Currency: "CNY"}})
		}
		return append(big, []any{fmt.Sprintf("第%d页", n), int64(9007199254740993)}, []any{"-5", nil}), nil
	}}, nil
}

func TestExports(t *testing.T) {
	t.Parallel()
	demo := false
	h := open(t, database(t), func(c *httpapi.Config) { c.Demo = func(context.Context) bool { return demo } }, func(d *httpapi.Door) {
		httpapi.Export(d, httpapi.Route{Method: "GET", Path: "/projects/export", Perm: "x.y"}, twoPages)
	})
	ann := h.As("zh").Token("ann")
	r := ann.Get("/projects/export?format=csv").Status(200)
	if got := r.Header.Get("Content-Disposition"); got != `attachment; filename="_____.csv"; filename*=utf-8''%E9%A1%B9%E7%9B%AE%2F%E6%B8%85%E5%8D%95.csv` {
		t.Errorf("Content-Disposition %s", got)
	}
	rows := ann.CSV("/projects/export?format=csv")
	if len(rows) != 4005 || !slices.Equal(rows[0], []string{"名称", "金额"}) || !slices.Equal(rows[1], []string{"'=SUM(A1)", "1234.56"}) ||
		!slices.Equal(rows[2001], []string{"第1页", "9007199254740993"}) || !slices.Equal(rows[4004], []string{"-5", ""}) {
		t.Errorf("%d rows: %q %q %q", len(rows), rows[0], rows[1], rows[len(rows)-1])
	}
	sheet := ann.XLSX("/projects/export")
	if len(sheet) != 4005 || !slices.Equal(sheet[0], []string{"名称", "金额"}) || !slices.Equal(sheet[1], []string{"=SUM(A1)", "1234.56"}) {
		t.Errorf("%d rows: %q %q", len(sheet), sheet[0], sheet[1])
	}
	demo = true
	for _, rows := range [][][]string{ann.CSV("/projects/export?format=csv"), ann.XLSX("/projects/export?format=xlsx")} {
		if len(rows) != 4006 || rows[0][0] != "演示数据：企业、项目和人员均为虚构" || rows[1][0] != "名称" {
			t.Errorf("demo: %d rows, %q", len(rows), rows[0])
		}
	}
	demo = false
	ann.Get("/projects/export?format=pdf").Refused(422, "httpapi.invalid", "format")
	ann.Get("/projects/export?format=csv&fail=9").Problem(403, "httpapi.kind_denied")
	ann.Get("/projects/export?format=csv&fail=1").Problem(503, "store.busy")
	ann.Get("/projects/export?fail=2").Problem(503, "store.busy") // a workbook is sent only when whole
	if broken := ann.Get("/projects/export?format=csv&fail=2"); broken.Err == nil {
		t.Error("half a file looks like a whole one")
	}
	h.As("zh").Get("/projects/export").Problem(401, "httpapi.signed_out")
}

func TestEvents(t *testing.T) {
	t.Parallel()
	type in struct {
		How string `query:"how"`
	}
	ended := make(chan error, 1)
	h := open(t, database(t), nil, func(d *httpapi.Door) {
		httpapi.Events(d, httpapi.Route{Method: "GET", Path: "/runs/{id}/events", Perm: "x.y"}, func(ctx context.Context, in *in, send func(string, any) error) error {
			if in.How == "early" {
				return kernel.Faultf(kernel.ErrNotFound, "httpapi.no_route")
			}
			if err := send("progress", map[string]int{"done": 1}); err != nil {
				return err
			}
			switch in.How {
			case "late":
				return kernel.Faultf(kernel.ErrConflict, "httpapi.stale")
			case "endless":
				<-ctx.Done()
				ended <- ctx.Err()
			}
			return send("progress", map[string]int{"done": 2})
		})
	})
	ann := h.As("en").Token("ann")
	want := []apitest.Event{{Name: "progress", Data: `{"done":1}`}, {Name: "progress", Data: `{"done":2}`}}
	if got := ann.Events("/runs/1/events"); !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
	ann.Get("/runs/1/events?how=early").Problem(404, "httpapi.no_route")
	got := ann.Events("/runs/1/events?how=late")
	var p httpapi.Problem
	if len(got) != 2 || got[1].Name != "problem" || json.Unmarshal([]byte(got[1].Data), &p) != nil || p.Code != "httpapi.stale" || p.Status != 409 {
		t.Errorf("got %v", got)
	}
	ctx, leave := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, "GET", h.URL+httpapi.Prefix+"/runs/1/events?how=endless", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer ann")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	buf := make([]byte, 10)
	if _, err := io.ReadFull(res.Body, buf); err != nil || string(buf) != "event: pro" {
		t.Fatalf("the first event does not come at once: %q %v", buf, err)
	}
	leave()
	select {
	case <-ended:
	case <-time.After(5 * time.Second):
		t.Error("the stream goes on though the reader has gone")
	}
}

func TestPages(t *testing.T) {
	t.Parallel()
	built := fstest.MapFS{
		"index.html":            {Data: []byte("<html>app</html>")},
		"favicon.svg":           {Data: []byte("<svg/>")},
		"assets/app-1a2b.js":    {Data: []byte("plain")},
		"assets/app-1a2b.js.br": {Data: []byte("brotli")},
		"assets/app-1a2b.js.gz": {Data: []byte("gzip")},
	}
	h := open(t, database(t), func(c *httpapi.Config) { c.Pages = built }, nil)
	c := h.As("zh")
	for _, page := range []string{"/", "/projects/17", "/first-link/abc"} {
		r := c.Root("GET", page, nil).Status(200)
		if string(r.Body) != "<html>app</html>" || r.Header.Get("Cache-Control") != "no-cache" || r.Header.Get("Content-Type") != "text/html; charset=utf-8" {
			t.Errorf("%s: %q %v", page, r.Body, r.Header)
		}
	}
	for accept, want := range map[string][2]string{"gzip, br": {"brotli", "br"}, "gzip": {"gzip", "gzip"}, "identity": {"plain", ""}, "br;q=0, gzip;q=0": {"plain", ""}} {
		r := c.With("Accept-Encoding", accept).Root("GET", "/assets/app-1a2b.js", nil).Status(200)
		if string(r.Body) != want[0] || r.Header.Get("Content-Encoding") != want[1] || r.Header.Get("Cache-Control") != "public, max-age=31536000, immutable" ||
			r.Header.Get("Content-Type") != "text/javascript; charset=utf-8" {
			t.Errorf("%s: %q %v", accept, r.Body, r.Header)
		}
	}
	c.Root("GET", "/assets/gone.js", nil).Problem(404, "httpapi.no_file")
	c.Root("GET", "/gone.png", nil).Problem(404, "httpapi.no_file")
	c.Root("GET", "/assets/app-1a2b.js.br", nil).Problem(404, "httpapi.no_file")
	c.Root("GET", "/%2e%2e/%2e%2e/etc/passwd.txt", nil).Problem(404, "httpapi.no_file")
	c.Root("POST", "/projects", nil).Problem(405, "httpapi.no_method")

	bare := open(t, database(t), nil, nil)
	if r := bare.As("zh").Root("GET", "/projects", nil).Status(200); !strings.Contains(string(r.Body), "页面尚未构建") {
		t.Errorf("got %s", r.Body)
	}
	if r := bare.As("en").Root("GET", "/", nil).Status(200); !strings.Contains(string(r.Body), "The pages are not built") {
		t.Errorf("got %s", r.Body)
	}
}

func TestHealthAndFigures(t *testing.T) {
	t.Parallel()
	ready := errors.New("warming up")
	h := open(t, database(t), func(c *httpapi.Config) {
		c.Ready = append(c.Ready, func(context.Context) error { return ready })
		c.Metrics = append(c.Metrics, func(w io.Writer) { fmt.Fprintln(w, "sente_test 1") })
	}, func(d *httpapi.Door) { get(d, "/things/{id}", "x.y", fine) })
	c := h.As("en")
	c.Root("GET", "/healthz", nil).Status(200)
	c.Root("GET", "/readyz", nil).Problem(503, "httpapi.not_ready")
	ready = nil
	c.Root("GET", "/readyz", nil).Status(200)
	c.Get("/things/1").Status(401)
	c.Token("ann").Get("/things/2").Status(204)
	c.Token("ann").Get("/things/3").Status(204)
	c.Get("/invented/4").Status(404)
	text := string(c.Root("GET", "/metrics", nil).Status(200).Body)
	for _, want := range []string{
		`sente_http_requests_total{route="/api/v1/things/{id}",method="GET",status="204"} 2`,
		`sente_http_requests_total{route="/api/v1/things/{id}",method="GET",status="401"} 1`,
		`sente_http_requests_total{route="other",method="GET",status="404"} 1`,
		`sente_http_duration_seconds_bucket{route="/api/v1/things/{id}",le="+Inf"} 3`,
		`sente_http_duration_seconds_count{route="/api/v1/things/{id}"} 3`,
		"sente_http_in_flight 1", `sente_db_connections_open{pool="writer"}`, "sente_test 1",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the figures lack %s:\n%s", want, text)
		}
	}
	c.With("X-Forwarded-For", "127.0.0.1").Root("GET", "/metrics", nil).Problem(403, "httpapi.metrics_closed")
	guarded := open(t, database(t), func(c *httpapi.Config) { c.MetricsToken = "let-me-in" }, nil)
	guarded.As("en").Root("GET", "/metrics", nil).Problem(403, "httpapi.metrics_closed")
	guarded.As("en").Token("wrong").Root("GET", "/metrics", nil).Problem(403, "httpapi.metrics_closed")
	guarded.As("en").Token("let-me-in").Root("GET", "/metrics", nil).Status(200)
}

func TestDescription(t *testing.T) {
	t.Parallel()
	type upload struct{ httpapi.Upload }
	h := open(t, database(t), nil, func(d *httpapi.Door) {
		httpapi.Handle(d, httpapi.Route{Method: "POST", Path: "/things/{id}", Perm: "thing.open", Tag: "thing", Title: "httpapi.docs_title", Status: 201}, func(context.Context, *every) (*echo, error) { return nil, nil })
		httpapi.Handle(d, httpapi.Route{Method: "POST", Path: "/files", Perm: httpapi.Self, Upload: true, Form: []string{"kind"}}, func(context.Context, *upload) (*none, error) { return nil, nil })
		httpapi.Handle(d, httpapi.Route{Method: "GET", Path: "/list", Perm: "thing.read"}, func(context.Context, *struct{ httpapi.Page }) (*struct{ Body httpapi.List[kernel.Money] }, error) {
			return nil, nil
		})
	})
	raw := h.As("en").Root("GET", "/openapi.json", nil).Status(200).Body
	var doc struct {
		OpenAPI string `json:"openapi"`
		Paths   map[string]map[string]struct {
			ID       string           `json:"operationId"`
			Perm     string           `json:"x-permission"`
			Security *[]any           `json:"security"`
			Answers  map[string]any   `json:"responses"`
			Body     map[string]any   `json:"requestBody"`
			Params   []map[string]any `json:"parameters"`
		} `json:"paths"`
		Components struct {
			Schemas map[string]any `json:"schemas"`
		} `json:"components"`
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	op := doc.Paths["/things/{id}"]["post"]
	if doc.OpenAPI != "3.1.0" || op.ID != "post-things-id" || op.Perm != "thing.open" || op.Answers["201"] == nil || op.Answers["default"] == nil {
		t.Errorf("got %s %+v", doc.OpenAPI, op)
	}
	if body := fmt.Sprint(doc.Paths["/files"]["post"].Body); !strings.Contains(body, "multipart/form-data") || !strings.Contains(body, "kind") {
		t.Errorf("upload body %s", body)
	}
	var names []string
	for name := range doc.Components.Schemas {
		names = append(names, name)
	}
	slices.Sort(names)
	if want := []string{"ApitestNone"}; slices.Contains(names, "ErrorModel") || !slices.Contains(names, "ListMoney") || !slices.Contains(names, "Problem") {
		t.Errorf("schemas %v, not %v", names, want)
	}
	if again, err := h.door.OpenAPI(); err != nil || string(again) != string(raw) {
		t.Error("the description differs from one time to the next")
	}
	for lang, want := range map[string]string{"zh": "先手接口说明", "en": "Sente API"} {
		page := string(h.As(lang).Root("GET", "/docs", nil).Status(200).Body)
		for _, want := range []string{want, "/api/v1/things/{id}", "thing.open", "limit", `href="#schema-ListMoney"`, `id="schema-ListMoney"`} {
			if !strings.Contains(page, want) {
				t.Errorf("the %s page lacks %s", lang, want)
			}
		}
		if strings.Contains(page, "<script") || strings.Contains(page, "//unpkg") || strings.Contains(page, "⟦") {
			t.Errorf("the %s page has a script, another server or a missing word", lang)
		}
	}
}

func TestServe(t *testing.T) {
	t.Parallel()
	if err := httpapi.Serve(t.Context(), httpapi.ServerConfig{Address: "0.0.0.0:0"}, http.NotFoundHandler()); !errors.Is(err, httpapi.ErrPlain) {
		t.Errorf("listening in the clear to everyone: %v", err)
	}
	ctx, stop := context.WithCancel(t.Context())
	address, begun, finish := make(chan string, 1), make(chan struct{}), make(chan struct{})
	served := make(chan error, 1)
	go func() {
		served <- httpapi.Serve(ctx, httpapi.ServerConfig{Address: "127.0.0.1:0", Listening: func(a string) { address <- a }},
			http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				close(begun)
				<-finish
				_, _ = io.WriteString(w, "whole")
			}))
	}()
	url := "http://" + <-address
	got := make(chan string, 1)
	go func() {
		res, err := http.Get(url)
		if err != nil {
			got <- err.Error()
			return
		}
		defer res.Body.Close()
		raw, _ := io.ReadAll(res.Body)
		got <- string(raw)
	}()
	<-begun
	stop()
	time.Sleep(20 * time.Millisecond)
	close(finish)
	if text := <-got; text != "whole" {
		t.Errorf("a request in progress at the stop got %q", text)
	}
	if err := <-served; err != nil {
		t.Errorf("a stop on request is no error: %v", err)
	}
	if _, err := http.Get(url); err == nil {
		t.Error("the server still answers")
	}
}

// TestServeEndsEventStreams: a stream would otherwise hold the stop up for the
// whole grace.
func TestServeEndsEventStreams(t *testing.T) {
	t.Parallel()
	h := open(t, database(t), nil, func(d *httpapi.Door) {
		httpapi.Events(d, httpapi.Route{Method: "GET", Path: "/events", Perm: "x.y"}, func(ctx context.Context, _ *none, send func(string, any) error) error {
			if err := send("hello", 1); err != nil {
				return err
			}
			<-ctx.Done()
			return ctx.Err()
		})
	})
	ctx, stop := context.WithCancel(t.Context())
	address, served := make(chan string, 1), make(chan error, 1)
	go func() {
		served <- httpapi.Serve(ctx, httpapi.ServerConfig{Address: "127.0.0.1:0", Grace: time.Minute, Listening: func(a string) { address <- a }}, h.door)
	}()
	req, err := http.NewRequestWithContext(t.Context(), "GET", "http://"+<-address+httpapi.Prefix+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer ann")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	stop()
	raw, err := io.ReadAll(res.Body)
	if err != nil || string(raw) != "event: hello\ndata: 1\n\n" {
		t.Errorf("got %q, %v", raw, err)
	}
	select {
	case err := <-served:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Error("the stop waits for the stream")
	}
}
