package files

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"os"
	"strings"

	"sente/internal/kernel"
)

// Documents are the extensions accepted as evidence. OFD is the layout format of
// Chinese offices (GB/T 33190).
func Documents() []string {
	return []string{"pdf", "ofd", "docx", "xlsx", "pptx", "png", "jpg", "jpeg", "csv", "txt"}
}

// Sheets are the extensions accepted for import.
func Sheets() []string { return []string{"xlsx", "csv", "txt", "gz"} }

var (
	macroExtensions = map[string]bool{"docm": true, "dotm": true, "xlsm": true, "xltm": true, "xlam": true, "xlsb": true, "pptm": true, "potm": true, "ppsm": true}
	oldOffice       = map[string]bool{"doc": true, "xls": true, "ppt": true, "wps": true, "et": true, "dps": true}

	executableExtensions = map[string]bool{
		"exe": true, "dll": true, "com": true, "msi": true, "scr": true, "bat": true, "cmd": true, "ps1": true, "vbs": true, "js": true,
		"jar": true, "sh": true, "apk": true, "app": true, "lnk": true, "hta": true, "elf": true, "so": true, "py": true, "html": true, "htm": true, "svg": true,
	}
)

// mediaTypes by kind.
var mediaTypes = map[string]string{
	"pdf": "application/pdf", "ofd": "application/ofd", "png": "image/png", "jpg": "image/jpeg", "gz": "application/gzip",
	"docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	"pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
	"csv":  "text/csv", "txt": "text/plain",
}

// programs are the first bytes of what a system would run.
var programs = []string{"MZ", "\x7fELF", "#!", "\xfe\xed\xfa\xce", "\xfe\xed\xfa\xcf", "\xce\xfa\xed\xfe", "\xcf\xfa\xed\xfe", "\xca\xfe\xba\xbe"}

// marks are the first bytes of the kinds that have some.
var marks = []struct{ prefix, kind string }{
	{"%PDF-", "pdf"}, {"\x89PNG\r\n\x1a\n", "png"}, {"\xff\xd8\xff", "jpg"}, {"\x1f\x8b", "gz"}, {"PK\x03\x04", "zip"},
	{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"},
}

// inspect returns the media type of file, whose extension is ext, or the fault that
// keeps it out.
func inspect(file *os.File, size int64, ext string) (string, error) {
	head := make([]byte, min(size, 4096))
	if _, err := file.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	for _, p := range programs {
		if bytes.HasPrefix(head, []byte(p)) {
			return "", refused("files.executable")
		}
	}
	kind := ""
	for _, m := range marks {
		if bytes.HasPrefix(head, []byte(m.prefix)) {
			kind = m.kind
		}
	}
	var err error
	switch kind {
	case "ole":
		return "", refused("files.old_office")
	case "zip":
		kind, err = inspectZip(file, size)
	case "":
		kind, err = inspectText(file, size, ext)
	}
	if err != nil {
		return "", err
	}
	if kind != strings.Replace(ext, "jpeg", "jpg", 1) {
		return "", &kernel.Fault{Kind: kernel.ErrUnsupported, Word: "files.mismatch", Args: []any{ext}, Field: "file"}
	}
	return mediaTypes[kind], nil
}

func refused(word string) error {
	return &kernel.Fault{Kind: kernel.ErrUnsupported, Word: word, Field: "file"}
}

// inspectZip tells Office documents and OFD from other archives by the parts they
// must have, and finds macros and controls.
func inspectZip(file *os.File, size int64) (string, error) {
	archive, err := zip.NewReader(file, size)
	if err != nil {
		return "", kernel.FieldFault("file", "files.broken")
	}
	kind := "zip"
	for _, part := range archive.File {
		name := strings.ToLower(part.Name)
		switch {
		case strings.HasSuffix(name, "vbaproject.bin"), strings.Contains(name, "/activex/"), strings.Contains(name, "macrosheets/"):
			return "", refused("files.macro")
		case name == "word/document.xml":
			kind = "docx"
		case name == "xl/workbook.xml":
			kind = "xlsx"
		case name == "ppt/presentation.xml":
			kind = "pptx"
		case name == "ofd.xml":
			kind = "ofd"
		case name == "[content_types].xml" && declaresMacros(part):
			return "", refused("files.macro")
		}
	}
	return kind, nil
}

// declaresMacros looks into the list of content types, of which a megabyte is plenty.
func declaresMacros(part *zip.File) bool {
	r, err := part.Open()
	if err != nil {
		return true // what cannot be checked is not let in
	}
	defer r.Close()
	raw, err := io.ReadAll(io.LimitReader(r, 1<<20))
	return err != nil || bytes.Contains(bytes.ToLower(raw), []byte("macroenabled"))
}

// inspectText accepts text in any encoding a register comes in: what holds a NUL and
// no UTF-16 mark is binary.
func inspectText(file *os.File, size int64, ext string) (string, error) {
	if ext != "csv" && ext != "txt" {
		return "", nil
	}
	in := io.NewSectionReader(file, 0, size)
	buf := make([]byte, 64<<10)
	for first := true; ; first = false {
		n, err := io.ReadFull(in, buf)
		if first && (bytes.HasPrefix(buf[:n], []byte("\xff\xfe")) || bytes.HasPrefix(buf[:n], []byte("\xfe\xff"))) {
			return ext, nil
		}
		if bytes.IndexByte(buf[:n], 0) >= 0 {
			return "", nil
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return ext, nil
		}
		if err != nil {
			return "", err
		}
	}
}
