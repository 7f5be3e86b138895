package commands

import (
	"strings"
	"testing"

	"epev/commands/tabular"
	"epev/model"
)

// columnsOf tells what the columns of a file are, one after the other.
func columnsOfClients(header string, maps ...string) (string, error) {
	var in importing
	for _, m := range maps {
		parsed, err := parseMaps(m)
		if err != nil {
			return "", err
		}
		in.maps = append(in.maps, parsed...)
	}
	columns, err := clientNoun().columnsOf(&tabular.Table{Header: strings.Split(header, ";"), HeaderLine: 1}, in)
	var told []string
	for _, c := range columns {
		switch {
		case c.property != nil:
			told = append(told, c.property.Name)
		case c.named != nil:
			told = append(told, "the "+c.named.flag)
		case c.before != "":
			told = append(told, "before "+c.before)
		default:
			told = append(told, "–")
		}
	}
	return strings.Join(told, ";"), err
}

func TestColumnsAreKnownByManyNames(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ header, maps, want string }{
		{"full_name;email;phone;company_id;company;first_contact_date;last_contact_date", "", "full_name;email;phone;company_id;the company-id;first_contact_date;last_contact_date"},
		{"Nom;Prénom;Courriel;Tél.;Société", "", "full_name;before full_name;email;phone;the company-id"},
		{"NOM;PRENOM;E-MAIL;TELEPHONE;SOCIETE", "", "full_name;before full_name;email;phone;the company-id"},
		{"Last Name;First Name;E-mail Address;Phone Number;Company Name", "", "full_name;before full_name;email;phone;the company-id"},
		{"Nom complet;Adresse e-mail;Téléphone portable;Raison sociale", "", "full_name;email;phone;the company-id"},
		{"id;commercial;version;created_at;email", "", "–;–;–;–;email"},
		{"x;email;reason", "x=full_name", "full_name;email;–"},
		{"Nom, prénom;Mél;Poids;Taille", "Nom, prénom=full_name,*=", "full_name;email;–;–"},
		{"Nom;Mél;Poids", "Nom=,Poids=full_name", "–;email;full_name"},
		{"Nom du festival;Adresse e-mail;a=b", "Nom du festival=full_name,a=b=", "full_name;email;–"},
	} {
		var maps []string
		if test.maps != "" {
			maps = []string{test.maps}
		}
		if got, err := columnsOfClients(test.header, maps...); err != nil || got != test.want {
			t.Errorf("%s --map %q: %s %v, want %s", test.header, test.maps, got, err, test.want)
		}
	}
}

// FuzzColumns finds out what columns are. Whatever they are called, each is something or is told.
func FuzzColumns(f *testing.F) {
	f.Add("Nom;Prénom;Courriel", "Nom=full_name")
	f.Add("full_name;email;x", "*=")
	f.Add(";\u200b;email", "email=phone,x")
	f.Add("a=b;Nom, prénom", "a=b=email,Nom, prénom=")
	f.Fuzz(func(t *testing.T, header, maps string) {
		got, err := columnsOfClients(header, maps)
		if err != nil && model.KindOf(err) != model.Usage {
			t.Fatalf("%v", err)
		}
		if err == nil && strings.Count(got, ";") != strings.Count(header, ";") {
			t.Fatalf("%q became %q", header, got)
		}
	})
}
