// Pulls one manifest out of an OCI image layout into a folder, as `oras pull --oci-layout` does, by the library which that
// command is built on.
package main

import (
	"context"
	"log"
	"os"

	"oras.land/oras-go/v2"
	"oras.land/oras-go/v2/content/file"
	"oras.land/oras-go/v2/content/oci"
)

func main() {
	if len(os.Args) != 4 {
		log.Fatal("usage: pull LAYOUT TAG|DIGEST FOLDER")
	}
	ctx := context.Background()
	layout, err := oci.NewFromFS(ctx, os.DirFS(os.Args[1]))
	if err != nil {
		log.Fatal(err)
	}
	folder, err := file.New(os.Args[3])
	if err != nil {
		log.Fatal(err)
	}
	defer folder.Close()
	if _, err := oras.Copy(ctx, layout, os.Args[2], folder, "", oras.DefaultCopyOptions); err != nil {
		log.Fatal(err)
	}
}
