package pipeline

import (
	"context"

	"sente/internal/infra/httpapi"
)

// trackRoutes registers the routes of tracks.
func (d *Desk) trackRoutes(door *httpapi.Door) {
	route := func(method, path, perm, title string) httpapi.Route {
		return httpapi.Route{Method: method, Path: path, Perm: perm, Tag: "pipeline", Title: "pipeline.route_" + title}
	}
	open, define := route("POST", "/pipeline/tracks", "pipeline.define", "open_track"), route("PUT", "/pipeline/tracks/{id}", "pipeline.define", "define_track")
	open.Status, define.Match = 201, true
	httpapi.Handle(door, route("GET", "/pipeline/tracks", "pipeline.read", "tracks"), d.getTracks)
	httpapi.Handle(door, route("GET", "/pipeline/tracks/{id}", "pipeline.read", "track"), d.getTrack)
	httpapi.Handle(door, open, d.postTrack)
	httpapi.Handle(door, define, d.putTrack)
}

type tracksOut struct{ Body httpapi.List[Track] }

func (d *Desk) getTracks(ctx context.Context, _ *struct{}) (*tracksOut, error) {
	ts, err := d.Tracks(ctx)
	return &tracksOut{whole(ts)}, err
}

// OnTrack names a track in a path.
type OnTrack struct {
	ID string `path:"id" maxLength:"40"`
}

type getTrack struct {
	OnTrack
	Version int64 `query:"version" minimum:"0" doc:"default: the version in force today"`
}

type trackOut struct {
	ETag string `header:"ETag"`
	Body TrackFile
}

func trackAnswer(f TrackFile, err error) (*trackOut, error) {
	if err != nil {
		return nil, err
	}
	return &trackOut{httpapi.ETag(f.Latest), f}, nil
}

func (d *Desk) getTrack(ctx context.Context, in *getTrack) (*trackOut, error) {
	return trackAnswer(d.FindTrack(ctx, in.ID, in.Version))
}

type postTrack struct {
	Body struct {
		ID string `json:"id" doc:"2 to 40 lower-case letters, digits or underscores"`
		TrackOrder
	}
}

func (d *Desk) postTrack(ctx context.Context, in *postTrack) (*trackOut, error) {
	return trackAnswer(d.OpenTrack(ctx, in.Body.ID, in.Body.TrackOrder))
}

type putTrack struct {
	OnTrack
	httpapi.IfMatch
	Body TrackOrder
}

func (d *Desk) putTrack(ctx context.Context, in *putTrack) (*trackOut, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	return trackAnswer(d.DefineTrack(ctx, in.ID, version, in.Body))
}

// Vocabulary is the general pipeline as data, with every step that some track
// knows.
type Vocabulary struct {
	Stages   []StageInfo `json:"stages" doc:"the chain, the stages beside it, then the steps that tracks have within a stage (their rank is that stage's)"`
	Moves    []Move      `json:"transitions"`
	Gates    []GateRow   `json:"gates"`
	Papers   []GateRow   `json:"papers" doc:"kinds of document that no gate asks for"`
	Classes  []string    `json:"classes"`
	Evidence string      `json:"other_evidence" doc:"the kind of a document no gate asks for"`
}

type vocabularyOut struct{ Body Vocabulary }

func (d *Desk) getDefinition(ctx context.Context, _ *struct{}) (*vocabularyOut, error) {
	v, err := d.Vocabulary(ctx)
	return &vocabularyOut{v}, err
}
