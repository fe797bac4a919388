"""Trees as named leaves, {'params/layer/kernel': array}, and their digests."""

from collections.abc import Mapping
import hashlib
from typing import Any

import jax
import numpy as np

from zoo.contracts import Tree, UserError
from zoo.training.stages import Snapshot

_TREES = ('params', 'opt', 'state')


def flatten(snapshot: Snapshot) -> dict[str, Any]:
  """{'params/...': array, 'opt/...': array, 'state/...': array}."""
  return {
    f'{tree}/{name}': leaf
    for tree in _TREES
    for name, leaf in _named(getattr(snapshot, tree)).items()
  }


def unflatten(
  leaves: Mapping[str, Any],
  shapes: tuple[Tree, Tree, Tree] | None,
  workdir: Any,
) -> tuple[Tree, Tree, Tree]:
  """The inverse of `flatten`: params, opt and state.

  Args:
    leaves: the result of flatten.
    shapes: trees of the same structure; None gives nested dicts, and a flat
      one for opt.
    workdir: for the error message.

  Raises:
    UserError: a leaf is missing or has another shape.
  """
  if shapes is None:
    return (
      _nested(leaves, 'params'),
      {k.removeprefix('opt/'): v for k, v in leaves.items() if k[:4] == 'opt/'},
      {'shared': {}, 'example': {}, **_nested(leaves, 'state')},
    )
  trees = []
  for tree, like in zip(_TREES, shapes, strict=True):
    for name, leaf in _named(like).items():
      saved = leaves.get(f'{tree}/{name}')
      if saved is None or saved.shape != leaf.shape:
        was = 'nothing' if saved is None else f'the shape {list(saved.shape)}'
        raise UserError(
          f'The checkpoint in {workdir} has {was} where this program has '
          f'{tree}/{name} {list(leaf.shape)}: use the program that wrote it, '
          'or another --workdir.'
        )
    values = [leaves[f'{tree}/{name}'] for name in _named(like)]
    trees.append(jax.tree.unflatten(jax.tree.structure(like), values))
  params, opt, state = trees
  return params, opt, state


def digest(tree: Tree) -> str:
  """One sha256 over the names, shapes, types and bytes of a tree."""
  whole = hashlib.sha256()
  for name, leaf in sorted(_named(tree).items()):
    whole.update(f'{name} {leaf_digest(leaf)}\n'.encode())
  return whole.hexdigest()


def leaf_digest(leaf: Any) -> str:
  """The sha256 over the type, shape and bytes of an array."""
  leaf = np.asarray(leaf)
  head = f'{leaf.dtype} {leaf.shape} '.encode()
  return hashlib.sha256(head + leaf.tobytes()).hexdigest()


def _nested(leaves, tree):
  root: dict[str, Any] = {}
  for name, leaf in leaves.items():
    first, *path, last = name.split('/')
    if first == tree:
      here = root
      for key in path:
        here = here.setdefault(key, {})
      here[last] = leaf
  return root


def _named(tree):
  """{'/'-joined name: leaf}, in the tree's order."""
  return {
    jax.tree_util.keystr(path, simple=True, separator='/'): leaf
    for path, leaf in jax.tree_util.tree_leaves_with_path(tree)
  }
