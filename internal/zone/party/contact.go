package party

import (
	"strings"

	"sente/internal/infra/sheet"
	"sente/internal/kernel"
)

// Contact (联系人) is how somebody at a party is reached. Everything that
// identifies the person is of class personal.
type Contact struct {
	Zone      string `db:"zone,key" json:"-"`
	ID        string `db:"id,key" json:"id"`
	Party     string `db:"party" json:"party"`
	Unit      string `db:"unit" json:"-"`
	Owner     string `db:"owner" json:"-"`
	Name      string `db:"name" class:"personal" json:"name"`
	Title     string `db:"title" class:"personal" json:"title"`
	Phone     string `db:"phone" class:"personal" json:"phone"`
	Email     string `db:"email" class:"personal" json:"email"`
	OriginRun string `db:"origin_run" json:"-"` // the import that brought it; "" when it was entered
	ErasedAt  int64  `db:"erased_at" json:"erased_at"`
	Version   int64  `db:"version" json:"version"`
	CreatedAt int64  `db:"created_at" json:"created_at"`
	UpdatedAt int64  `db:"updated_at" json:"updated_at"`
}

// Table names the table of contacts.
func (Contact) Table() string { return "party_contacts" }

// personal returns the fields that are masked, by name.
func (c *Contact) personal() map[string]*string {
	return map[string]*string{"name": &c.Name, "title": &c.Title, "phone": &c.Phone, "email": &c.Email}
}

// ContactFields lists the fields of a contact that are masked and unmasked.
func ContactFields() []string { return []string{"name", "title", "phone", "email"} }

// settle returns c as it is stored, or everything that is wrong with it.
func (c Contact) settle() (Contact, error) {
	for _, s := range []*string{&c.Name, &c.Title, &c.Phone, &c.Email} {
		*s = strings.TrimSpace(*s)
	}
	err := kernel.Faults("party.contact_invalid",
		named(c.Name),
		atMost("title", c.Title, maxName),
		phoneForm(c.Phone),
		emailForm(c.Email),
	)
	if err == nil && c.Phone == "" && c.Email == "" {
		err = kernel.FieldFault("phone", "party.contact_unreachable")
	}
	return c, err
}

// ContactDraft is how a register says to reach somebody at an organisation.
type ContactDraft struct {
	Party              Party  // as it stands once the row is taken over
	Name, Phone, Email string // as written; NA, / and the like say nothing
}

// contact returns the contact that d states, false when it states none, and
// what to look at. What cannot be a phone number or an address is kept as
// written: it may still tell a person how to call. The notes repeat nothing.
func (d ContactDraft) contact() (c Contact, notes []kernel.Fault, stated bool) {
	c = Contact{Name: written(d.Name), Phone: written(d.Phone), Email: written(d.Email)}
	if c.Name+c.Phone+c.Email == "" {
		return c, nil, false
	}
	if narrow := sheet.Narrow(c.Phone); phoneForm(narrow) == nil {
		c.Phone = narrow
	} else {
		notes = append(notes, kernel.Fault{Kind: kernel.ErrInvalid, Word: "party.contact_phone_unread", Field: "phone"})
	}
	if emailForm(c.Email) != nil {
		notes = append(notes, kernel.Fault{Kind: kernel.ErrInvalid, Word: "party.contact_email_unread", Field: "email"})
	}
	if c.Name == "" || c.Phone+c.Email == "" {
		notes = append(notes, kernel.Fault{Kind: kernel.ErrInvalid, Word: "party.contact_partial", Field: "name"})
	}
	return c, notes, true
}

// written is a cell's text, "" when it says that there is nothing.
func written(cell string) string {
	if sheet.Blank(cell) {
		return ""
	}
	return sheet.Tidy(cell)
}

// same reports whether held already says what c does: the same name and phone,
// however they are written. A phone that c leaves out is no difference.
func (c Contact) same(held Contact) bool {
	return held.ErasedAt == 0 && sheet.Plain(c.Name) == sheet.Plain(held.Name) && (c.Phone == "" || dialled(c.Phone) == dialled(held.Phone))
}

// dialled is a phone number without the signs between its digits.
func dialled(phone string) string {
	return strings.NewReplacer(" ", "", "-", "", "(", "", ")", "").Replace(sheet.Plain(phone))
}

// blank returns c without anything that identifies the person.
func (c Contact) blank(at int64) Contact {
	c.Name, c.Title, c.Phone, c.Email, c.ErasedAt = "", "", "", "", at
	return c
}

// phoneForm accepts "" or 5 to 20 digits with the usual signs between them.
func phoneForm(s string) error {
	digits := 0
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case !strings.ContainsRune("+-() 转x,", r):
			return kernel.FieldFault("phone", "party.phone_form")
		}
	}
	if s != "" && (digits < 5 || digits > 20) {
		return kernel.FieldFault("phone", "party.phone_form")
	}
	return nil
}

// emailForm accepts "" or one @ between a name and a domain with a dot.
func emailForm(s string) error {
	if s == "" {
		return nil
	}
	user, domain, _ := strings.Cut(s, "@")
	dot := strings.Index(domain, ".")
	if user == "" || dot < 1 || strings.HasSuffix(domain, ".") || strings.ContainsAny(domain, "@ ") || strings.Contains(user, " ") || len(s) > 254 {
		return kernel.FieldFault("email", "party.email_form")
	}
	return nil
}

// inField puts the field a kernel fault is about into it.
func inField(field string, err error) error {
	f, ok := err.(*kernel.Fault) //nolint:errorlint // the kernel returns it bare
	if !ok {
		return err
	}
	in := *f
	in.Field = field
	return &in
}
