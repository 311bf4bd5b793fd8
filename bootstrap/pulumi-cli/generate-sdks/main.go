// generate-sdks writes the package's SDKs: what `pulumi package gen-sdk` writes where Pulumi's own language hosts can be
// had, by the same generators.
//
//	generate-sdks <schema.json> <folder> <language>…
//
// Each SDK becomes <folder>/<language>, made anew.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/blang/semver"
	golang "github.com/pulumi/pulumi/pkg/v3/codegen/go"
	"github.com/pulumi/pulumi/pkg/v3/codegen/nodejs"
	"github.com/pulumi/pulumi/pkg/v3/codegen/python"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

const tool = "lbpair"

type generator func(*schema.Package) (map[string][]byte, error)

var generators = map[string]generator{
	"go": func(pkg *schema.Package) (map[string][]byte, error) { return golang.GeneratePackage(tool, pkg, nil) },
	"python": func(pkg *schema.Package) (map[string][]byte, error) {
		return python.GeneratePackage(tool, pkg, nil, nil)
	},
	"nodejs": func(pkg *schema.Package) (map[string][]byte, error) {
		return nodejs.GeneratePackage(tool, pkg, nil, nil, true, noLoader{})
	},
}

func main() {
	if len(os.Args) < 4 {
		fail(fmt.Errorf("usage: generate-sdks <schema.json> <folder> <language>…"))
	}
	for _, language := range os.Args[3:] {
		if err := generate(os.Args[1], filepath.Join(os.Args[2], language), language); err != nil {
			fail(fmt.Errorf("%s: %w", language, err))
		}
	}
}

func generate(schemaPath, dir, language string) error {
	generator, ok := generators[language]
	if !ok {
		return fmt.Errorf("got no generator, want go, nodejs or python")
	}
	// Each language writes its own notes into a package, so each gets a fresh one.
	pkg, err := readPackage(schemaPath)
	if err != nil {
		return err
	}
	files, err := generator(pkg)
	if err != nil {
		return err
	}
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func readPackage(path string) (*schema.Package, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var spec schema.PackageSpec
	if err := json.Unmarshal(text, &spec); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	pkg, diagnostics, err := schema.BindSpec(spec, noLoader{}, schema.ValidationOptions{})
	if err != nil {
		return nil, err
	}
	if diagnostics.HasErrors() {
		return nil, diagnostics
	}
	// As `pulumi package add` does: an SDK with its version in it, and for Go a module of its own.
	pkg.SupportPack = true
	return pkg, nil
}

// noLoader is asked only for packages that the schema names, and ours names none.
type noLoader struct{}

func (noLoader) LoadPackage(name string, _ *semver.Version) (*schema.Package, error) {
	return nil, fmt.Errorf("schema: got a reference to the package %s, want none", name)
}

func (l noLoader) LoadPackageV2(_ context.Context, of *schema.PackageDescriptor) (*schema.Package, error) {
	return l.LoadPackage(of.Name, of.Version)
}

func (l noLoader) LoadPackageReference(name string, version *semver.Version) (schema.PackageReference, error) {
	_, err := l.LoadPackage(name, version)
	return nil, err
}

func (l noLoader) LoadPackageReferenceV2(
	_ context.Context, of *schema.PackageDescriptor,
) (schema.PackageReference, error) {
	return l.LoadPackageReference(of.Name, of.Version)
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "generate-sdks:", err)
	os.Exit(1)
}
