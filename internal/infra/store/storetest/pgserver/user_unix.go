//go:build unix

package pgserver

import (
	"errors"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"
)

// unprivileged returns the user PostgreSQL runs as when this program is root,
// as which PostgreSQL refuses to run; nil when it is not.
func unprivileged() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.ParseUint(u.Uid, 10, 32)
		if err != nil {
			return nil, err
		}
		gid, err := strconv.ParseUint(u.Gid, 10, 32)
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, err
	}
	return nil, errors.New("this is root, and there is neither a user postgres nor nobody to run PostgreSQL as")
}

// give makes path belong to the unprivileged user.
func give(path string) error {
	c, err := unprivileged()
	if c == nil || err != nil {
		return err
	}
	return os.Chown(path, int(c.Uid), int(c.Gid))
}

// drop makes cmd run as the unprivileged user.
func drop(cmd *exec.Cmd) error {
	c, err := unprivileged()
	if c != nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: c}
	}
	return err
}

// detach keeps signals meant for this program's group, such as an interrupt
// from the keyboard, away from cmd.
func detach(cmd *exec.Cmd) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setsid = true
}
