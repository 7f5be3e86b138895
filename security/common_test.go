package security

import (
	"compress/gzip"
	"errors"
	"io"
	"strings"
	"testing"

	"epev/commands/sentences"
	"epev/model"
)

// What everybody tries first is refused, whatever is done to it that everybody does.
func TestCommonPasswordsAreRefused(t *testing.T) {
	t.Parallel()
	for _, password := range strings.Fields(`
		Password1 PASSWORd1 passWORD2024 P@ssw0rd Pa$$w0rd1 P4ssw0rd! Passw0rd123 1Password 123Password! Drowssap1 PasswordPassword1
		Password1Password1 Azerty123 AZERTy12 @zerty123 4zerty123 Azerty2024! Azertyuiop1 Qsdfghjklm1 Qwerty123 Qwertyuiop0 Wxcvbn123 1q2w3e4R 1A2z3e4r
		Bonjour1 Bonjour2024! Soleil123 Motdepasse1 M0tdep@sse Marseille13 Doudou59 Chocolat1 Jetaime2 Nicolas75 Camille2001 Printemps2024 Bienvenue1
		Épinards1 ÉPINARDs12 Welcome1 Letmein1 Iloveyou2 Monkey123 Dragon69 Football1 Sunshine1 Trustno1 Admin123 Superman1
		Aaaaaaa1 Aaaa1111 Abcdefg1 Abcdefgh12 Abc12345 A1234567 Ab12345678 Zyxwvut1 Epicevents1 Commercial1 Secret12 Qwerty!1 Summer2024`) {
		err := CheckUncommon(password)
		e, ok := errors.AsType[*model.Error](err)
		if !ok || e.Kind != model.Usage || e.Field != "password" || sentences.Of(e).Hint == "" {
			t.Errorf("%s: %v", password, err)
		} else if strings.Contains(strings.ToLower(sentences.Of(e).Message+sentences.Of(e).Hint), strings.ToLower(password)) {
			t.Errorf("the error shows the password: %v", e)
		}
	}
}

func TestUncommonPasswordsPass(t *testing.T) {
	t.Parallel()
	for _, password := range []string{
		"Sunny-Terrace-7", "Paper-Lantern-3", "Velvet-Stage-9", "Copper-Trumpet-4", "Granite-Compass-1", "Correct-Horse-1", "New-Horse-22", "Hunter2Secret",
		"Trois petits chats 3", "Vélo-Nuage-Cactus9", "kX9fQ2mvB", "Zq7-39-Hw", "mJ3kL9pQ", "Bleu comme 1 orange", "Aa1 ' \" ; -- 🙂", "Kd739481",
	} {
		if err := CheckUncommon(password); err != nil {
			t.Errorf("%s: %v", password, err)
		}
	}
}

// The list is whole: as many as make a list of common ones, each in the form that is looked for.
func TestTheListOfCommonPasswords(t *testing.T) {
	t.Parallel()
	list, err := gzip.NewReader(strings.NewReader(commonPasswords))
	do(t, err)
	content, err := io.ReadAll(list)
	do(t, err)
	entries := strings.Fields(string(content))
	if len(entries) < 50_000 {
		t.Errorf("%d entries", len(entries))
	}
	for _, entry := range entries {
		if entry != model.Fold(entry) || len(entry) < 4 {
			t.Fatalf("%q cannot be found", entry)
		}
	}
}

func BenchmarkCheckUncommon(b *testing.B) {
	for b.Loop() {
		if err := CheckUncommon("Sunny-Terrace-7"); err != nil {
			b.Fatal(err)
		}
	}
}
