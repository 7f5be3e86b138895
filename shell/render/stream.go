package render

import (
	"archive/zip"
	"bufio"
	"cmp"
	"fmt"
	"io"
	"time"

	"epev/commands"
)

// Stream prints a list page by page, as csv, jsonl or a workbook. It holds no more than one page.
type Stream struct {
	printer
	rows   int64 // that were printed
	begun  bool
	sheets *sheets // of a workbook
}

// NewStream returns the stream of a view's format to w.
func NewStream(w io.Writer, v View) *Stream {
	v.Location = cmp.Or(v.Location, time.Local)
	return &Stream{printer: printer{Writer: bufio.NewWriterSize(w, 1<<16), View: v}}
}

// Begin refuses a list of so many rows where the format has no room for it.
func (s *Stream) Begin(rows int64) error {
	if s.Format == FormatXLSX {
		return haveRoom(rows)
	}
	return nil
}

// Page prints a page. The columns of a sheet are as wide as those of the first one want.
func (s *Stream) Page(t *commands.Table) error {
	if err := checkTable(t); err != nil {
		return fmt.Errorf("render: %w", err)
	}
	begins := !s.begun
	s.begun = true
	s.rows += int64(len(t.Rows))
	switch s.Format {
	case FormatJSONL:
		s.jsonRows(t)
	case FormatXLSX:
		if err := s.page(t, begins); err != nil {
			return err
		}
	default:
		if begins {
			s.csvHeader(t)
		}
		s.csvRows(t)
	}
	return s.broken()
}

// page prints a page of a sheet.
func (s *Stream) page(t *commands.Table, begins bool) error {
	if err := haveRoom(s.rows); err != nil {
		return err
	}
	if err := s.fits(t); err != nil {
		return err
	}
	if begins {
		s.sheets = &sheets{zip: zip.NewWriter(s.Writer)}
		if err := s.sheetHead(s.sheets, t); err != nil {
			return fmt.Errorf("make a sheet: %w", err)
		}
	}
	s.sheetRows(s.sheets, t)
	return s.sheets.broken()
}

// broken returns what has kept the stream from being written, so that nothing more is read for it.
func (s *Stream) broken() error {
	_, err := s.Writer.Write(nil)
	return err
}

// End prints what belongs to the end, and returns how many rows there were.
func (s *Stream) End() (rows int64, err error) {
	if s.sheets != nil {
		if err := s.sheets.close(); err != nil {
			return 0, err
		}
		if err := s.sheets.finish(); err != nil {
			return 0, err
		}
	}
	return s.rows, s.Flush()
}
