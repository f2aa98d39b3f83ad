package storetest_test

import (
	"io/fs"
	"testing"

	"sente/internal/infra/store/storetest"
)

func TestConformance(t *testing.T) {
	storetest.Each(t, []fs.FS{storetest.Suite}, storetest.Conform)
}
