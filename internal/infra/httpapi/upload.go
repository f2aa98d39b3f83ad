package httpapi

import (
	"context"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"slices"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// partLimit is the size limit of one text part of an upload, in bytes.
const partLimit = 64 << 10

// Upload is embedded in the input of a Route with Upload set: one file, streamed
// from the client as it is read, and the text parts sent before it.
//
// The request is multipart/form-data: text parts first (their names are
// Route.Form), then one part "file". The handler reads the file to its end.
type Upload struct {
	incoming
}

// incoming is hidden from the API description.
type incoming struct {
	parts *multipart.Reader
	file  *multipart.Part
	form  map[string]string
}

// FileName is the file's name as the client gave it, without any folder.
func (u *incoming) FileName() string { return u.file.FileName() }

// Form returns the text part name, "" when it was not sent.
func (u *incoming) Form(name string) string { return u.form[name] }

// Read reads the file. Beyond the size limit it fails with kernel.ErrTooLarge,
// and with kernel.ErrInvalid when anything follows the file: what was sent is
// taken or refused, never dropped.
func (u *incoming) Read(p []byte) (int, error) {
	n, err := u.file.Read(p)
	if err == nil {
		return n, nil
	}
	if !errors.Is(err, io.EOF) {
		return n, uploadFault(err)
	}
	if _, err := u.parts.NextPart(); err == nil {
		return n, kernel.FieldFault("file", "httpapi.upload_order")
	} else if !errors.Is(err, io.EOF) {
		return n, uploadFault(err)
	}
	return n, io.EOF
}

// open reads the text parts and stops at the file.
func (u *incoming) open(ctx context.Context) error {
	call := callOf(ctx)
	r := call.upload
	if r == nil {
		return errors.New("httpapi.Upload outside a route with Upload set")
	}
	parts, err := r.MultipartReader()
	if err != nil {
		return kernel.Faultf(errMalformed, "httpapi.upload_broken")
	}
	u.parts, u.form = parts, map[string]string{}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return kernel.FieldFault("file", "httpapi.upload_no_file")
		}
		if err != nil {
			return uploadFault(err)
		}
		if part.FormName() == "file" && part.FileName() != "" {
			u.file = part
			return nil
		}
		if err := u.text(part, call.form); err != nil {
			return err
		}
	}
}

// text takes one text part.
func (u *incoming) text(part *multipart.Part, known []string) error {
	name := part.FormName()
	if !slices.Contains(known, name) {
		return kernel.FieldFault(name, "httpapi.v_unexpected")
	}
	if _, twice := u.form[name]; twice {
		return kernel.FieldFault(name, "httpapi.v_one_value")
	}
	raw, err := io.ReadAll(io.LimitReader(part, partLimit+1))
	if err != nil {
		return uploadFault(err)
	}
	if len(raw) > partLimit {
		return kernel.FieldFault(name, "httpapi.v_max_length", strconv.Itoa(partLimit))
	}
	if word := badText(string(raw)); word != "" {
		return kernel.FieldFault(name, word)
	}
	u.form[name] = string(raw)
	return nil
}

// uploadFault tells a limit from a broken stream.
func uploadFault(err error) error {
	var over *http.MaxBytesError
	if errors.As(err, &over) {
		return tooLarge(over.Limit)
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return kernel.Faultf(errTimeout, "httpapi.body_slow")
	}
	if full := store.OnDisk(err); full != nil { // the file it is spooled to, not the upload, failed
		return full
	}
	return kernel.Faultf(errMalformed, "httpapi.upload_broken")
}

// uploadBody describes the request of an upload.
func uploadBody(form []string) *huma.RequestBody {
	s := &huma.Schema{
		Type:       huma.TypeObject,
		Properties: map[string]*huma.Schema{"file": {Type: huma.TypeString, Format: "binary", Description: "Last part; the text parts come before it"}},
		Required:   []string{"file"},
	}
	for _, name := range form {
		s.Properties[name] = &huma.Schema{Type: huma.TypeString}
	}
	return &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"multipart/form-data": {Schema: s}}}
}
