//go:build !linux

package stories

// onDisk has no way to make a file system of its own here.
func (p *process) onDisk() { p.Skip("skipped: a file system of its own is made on Linux only") }
