package commands

import "testing"

func TestThePasswordsBehindACommandArePassedOverHoweverItsFlagIsTyped(t *testing.T) {
	t.Parallel()
	registry := NewRegistry(All())
	for _, test := range []struct {
		command string
		lines   int
		doubt   Doubt
	}{
		{"login -u a --password-file -", 1, NoDoubt},
		{"login -u a --password-file=-", 1, NoDoubt},
		{"login -u a --pasword-file -", 1, NoDoubt},
		{"login -u a -password-file -", 1, NoDoubt},
		{"login -u a -pasword-file=-", 1, NoDoubt},
		{"login -u a –password-file -", 1, NoDoubt},
		{"login -u a —password-file=-", 1, NoDoubt},
		{"login -u a −−password-file -", 1, NoDoubt},
		{"logn -u a -password-file -", 1, NoDoubt},
		{"user update-password 3 -password-file -", 1, SurelySecret},
		{"user update-password 3 -current-password-file - -password-file -", 2, NoDoubt},
		{"user update-password 3 --password-file -current-password-file -", 1, NoDoubt},
		{"user update-password 3 -password-file secret.txt", 0, NoDoubt},
		{"user update-password 3", 0, MaybeSecret},
		{"user create -nProfile -rsupport", 0, MaybeSecret},
		{"client create -nProfile -", 0, NoDoubt},
	} {
		words, err := Split(test.command)
		if err != nil {
			t.Fatal(err)
		}
		if lines, doubt := registry.SecretsBehind(words); lines != test.lines || doubt != test.doubt {
			t.Errorf("%q: %d lines, and doubt %d; want %d and %d", test.command, lines, doubt, test.lines, test.doubt)
		}
	}
}
