// VirtualProvider: the class that users extend with path-level methods.

/** Base of all providers. */
export abstract class VirtualProvider {
  get readonly (): boolean { return false }
}
