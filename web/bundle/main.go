// Bundle makes the page in web/site, which is what the server serves and embeds, of the sources in web/page.
//
//	go -C web run ./bundle           # write web/site
//	go -C web run ./bundle -check    # fail if web/site is not what the sources give
//
// The libraries that the page uses are those of web/page/package-lock.json, which npm fetches and whose hashes it
// verifies; none of their scripts is run. esbuild puts them and the sources together.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	check := flag.Bool("check", false, "compare web/site with what the sources give, and check the types, instead of writing it")
	root := flag.String("root", ".", "the folder web")
	flag.Parse()
	if err := run(*root, *check); err != nil {
		fmt.Fprintln(os.Stderr, "bundle:", err)
		os.Exit(1)
	}
}

func run(root string, check bool) error {
	if err := install(root); err != nil {
		return err
	}
	files, err := build(root)
	if err != nil {
		return err
	}
	if check {
		if err := checkTypes(root); err != nil {
			return err
		}
		return compare(root, files)
	}
	return write(root, files)
}
