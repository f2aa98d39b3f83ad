package pipeline

// Whom a project waits for. A role that is to sign stands for itself.
const (
	WaitsNobody       = ""             // ended, shelved, or at the end of its pipeline
	WaitsOwner        = "owner"        // 责任人: papers are missing, or the step is to be taken
	WaitsCoordination = "coordination" // 牵头部门: another project holds its contract
)

// waitsFor says whom p waits for with items, the gate of its next stage: the
// role whose signature comes next when nothing but signatures is missing, else
// the responsible official. Where several must sign, the lower office signs
// first.
func waitsFor(p Project, next Stage, items []GateItem) string {
	missing := unmet(items)
	switch {
	case p.Stage.Rank() == 0 || next == "":
		return WaitsNobody
	case p.SigningHeldBy != "":
		return WaitsCoordination
	case len(missing) == 0:
		return WaitsOwner
	}
	waits := ""
	for _, role := range signerRoles() {
		for _, i := range missing {
			if i.Kind != NeedSignoff {
				return WaitsOwner
			}
			if waits == "" && i.ID == role {
				waits = role
			}
		}
	}
	return waits
}
