package store

import "context"

// Zone is a development zone served by this installation: the tenant every
// other row belongs to.
type Zone struct {
	ID        string `db:"zone,key"`
	NameZh    string `db:"name_zh"`
	NameEn    string `db:"name_en"`
	Demo      bool   `db:"demo"`       // its data is fictional, every page says so
	CreatedAt int64  `db:"created_at"` // ms UTC
}

// Table returns the table's name.
func (Zone) Table() string { return "zones" }

// Reference marks zones.
func (Zone) Reference() {}

// Zones returns every zone of this installation, sorted by identifier. It is
// the only reading across zones there is.
func (db *DB) Zones(ctx context.Context) (zones []Zone, err error) {
	err = db.view(ctx, allZones, func(tx Tx) error {
		zones, err = Select[Zone](ctx, tx, "ORDER BY zone")
		return err
	})
	return zones, err
}
