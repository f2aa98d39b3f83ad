package demo

import (
	"os"
	"testing"
)

func TestLedgerWrites(t *testing.T) {
	f, err := os.Create(t.TempDir() + "/l.xlsx")
	if err != nil {
		t.Fatal(err)
	}
	if err := Ledger(f); err != nil {
		t.Fatal(err)
	}
	t.Log(CreditCode(501), CreditCode(0), CreditCode(99))
}
