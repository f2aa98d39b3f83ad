// Command tlogcheck reads a log that is served as C2SP tlog-tiles and checks it
// with github.com/transparency-dev/tessera, which shares no line with Sente: the
// signature of its checkpoint, every hash of every tile against every entry
// (fsck), inclusion of entries, consistency between sizes, and that the log still
// begins with the trees of checkpoints kept elsewhere. It is a module of its own
// so that the product does not depend on it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"strings"

	"github.com/transparency-dev/formats/log"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera/api"
	"github.com/transparency-dev/tessera/client"
	"github.com/transparency-dev/tessera/fsck"
	"golang.org/x/mod/sumdb/note"
)

func main() {
	at := flag.String("url", "", "where the log is served")
	key := flag.String("key", "", "the log's verifier key (C2SP signed-note)")
	token := flag.String("token", "", "API token, if one is needed")
	since := flag.String("since", "", "file of checkpoints kept elsewhere, an empty line after each")
	samples := flag.Int("samples", 50, "proofs of inclusion and of consistency to check")
	flag.Parse()
	if err := check(context.Background(), *at, *key, *token, *since, *samples); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func check(ctx context.Context, at, key, token, since string, samples int) error {
	v, err := note.NewVerifier(key)
	if err != nil {
		return fmt.Errorf("key: %w", err)
	}
	root, err := url.Parse(at)
	if err != nil {
		return err
	}
	src, err := client.NewHTTPFetcher(root, nil)
	if err != nil {
		return err
	}
	if token != "" {
		src.SetAuthorizationHeader("Bearer " + token)
	}
	head, raw, _, err := client.FetchCheckpoint(ctx, src.ReadCheckpoint, v, v.Name())
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	if err := fsck.New(v.Name(), v, src, hashes, fsck.Opts{N: 2}).Check(ctx); err != nil {
		return fmt.Errorf("fsck: %w", err)
	}
	if err := proofs(ctx, src, head, samples); err != nil {
		return err
	}
	old, err := kept(ctx, src, v, since, raw)
	if err != nil {
		return err
	}
	fmt.Printf("%s: %d entries, %d proofs of inclusion, %d of consistency, %d older checkpoints: as recorded\n", v.Name(), head.Size, samples, samples, old)
	return nil
}

// hashes are the leaf hashes of a tile of entries.
func hashes(tile []byte) (list [][]byte, err error) {
	var b api.EntryBundle
	if err := b.UnmarshalText(tile); err != nil {
		return nil, err
	}
	for _, e := range b.Entries {
		list = append(list, rfc6962.DefaultHasher.HashLeaf(e))
	}
	return list, nil
}

// proofs builds proofs from the tiles and checks them.
func proofs(ctx context.Context, src *client.HTTPFetcher, head *log.Checkpoint, samples int) error {
	build, err := client.NewProofBuilder(ctx, head.Size, src.ReadTile)
	if err != nil {
		return err
	}
	for range samples {
		i := rand.Uint64N(head.Size)
		leaf, err := client.FetchLeafHashes(ctx, src.ReadTile, i, 1, head.Size)
		if err != nil {
			return err
		}
		path, err := build.InclusionProof(ctx, i)
		if err != nil {
			return err
		}
		if err := proof.VerifyInclusion(rfc6962.DefaultHasher, i, head.Size, leaf[0], path, head.Hash); err != nil {
			return fmt.Errorf("inclusion of %d in %d: %w", i, head.Size, err)
		}
		size := 1 + rand.Uint64N(head.Size)
		nodes, err := client.FetchRangeNodes(ctx, size, src.ReadTile)
		if err != nil {
			return err
		}
		older := nodes[len(nodes)-1]
		for j := len(nodes) - 2; j >= 0; j-- {
			older = rfc6962.DefaultHasher.HashChildren(nodes[j], older)
		}
		path, err = build.ConsistencyProof(ctx, size, head.Size)
		if err != nil {
			return err
		}
		if err := proof.VerifyConsistency(rfc6962.DefaultHasher, size, head.Size, path, older, head.Hash); err != nil {
			return fmt.Errorf("consistency of %d with %d: %w", size, head.Size, err)
		}
	}
	return nil
}

// kept checks that the log goes on from every checkpoint in the file.
func kept(ctx context.Context, src *client.HTTPFetcher, v note.Verifier, file string, now []byte) (n int, err error) {
	if file == "" {
		return 0, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	parts := strings.Split(string(text), "\n\n")
	for i := 0; i+1 < len(parts); i += 2 {
		old := parts[i] + "\n\n" + parts[i+1] + "\n"
		fresh := func(context.Context) ([]byte, error) { return now, nil }
		track, err := client.NewLogStateTracker(ctx, src.ReadTile, []byte(old), v, v.Name(), client.UnilateralConsensus(fresh))
		if err != nil {
			return n, fmt.Errorf("checkpoint %d kept elsewhere: %w", n, err)
		}
		_, _, _, err = track.Update(ctx)
		var fork client.ErrInconsistency
		if errors.As(err, &fork) {
			return n, fmt.Errorf("the log is not the one it was:\n%s\n%s%w", fork.SmallerRaw, fork.LargerRaw, err)
		}
		if err != nil {
			return n, err
		}
		latest := track.Latest()
		if head, _, _, err := log.ParseCheckpoint(now, v.Name(), v); err != nil || latest.Size > head.Size || latest.Size == head.Size && string(latest.Hash) != string(head.Hash) {
			return n, fmt.Errorf("the log is not the one it was: %d leaves were signed, it has %d (%v)", latest.Size, head.Size, err)
		}
		n++
	}
	return n, nil
}
