// Package access (账号与权限) knows who is there and what they may do.
//
// Who: accounts, their units in the organisation tree, passwords (argon2id),
// second factors (TOTP), sessions, one-time links and API tokens. Desk is the
// counter for all of these; [Desk.Authenticate] tells the door who is calling.
//
// What they may do: a permission is a Cedar action, declared in
// policies/schema.cedarschema; policies/*.cedar permit and forbid, each with the
// reason a person is told, in Chinese and English. A [Gate] answers three
// questions with the same policies: may this actor ever do it ([Gate.Require]),
// may they do it to this object ([Gate.Allow]), and which rows of a list may
// they see ([Gate.Filter], the policies' residual as SQL). Restricted fields
// (data/fields.json) are masked unless the table says otherwise.
//
// What it must keep true:
//   - 三员分立: the system, security and audit administrators exclude each other
//     and every business role ([Gate.CheckRoles]); nobody changes their own roles;
//     the last active administrator of a kind stays.
//   - No secret is stored: passwords as argon2id, tokens, links and sessions as
//     SHA-256 of 32 random bytes. (A TOTP secret has to be kept to be checked.)
//   - A token or session names its zone, and is looked for in that zone only.
//   - Every change to an account, unit, role or credential is an act in the
//     journal; the secret itself never is.
package access
