"""A small CLIP in OpenAI's state-dict layout, made from its seed: numpy's PCG64 keyed by (seed, crc32 of the entry's name),
so that the values depend on no order and on no version of torch.

`reference_file('vit_s64.pt')` runs `make` where the file is missing."""
import os, zlib

import numpy as np
import torch
from torch import Tensor

def normal(name:str, shape:tuple, std:float=1., mean:float=0., seed:int=2)->Tensor:
    "Normal float32 numbers that depend on these arguments alone."
    rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
    return torch.from_numpy((rng.standard_normal(shape, dtype=np.float32)*std + mean).astype(np.float32))

class State(dict):
    "A state dict that is filled by kind of layer; `half` entries are rounded to float16, as in OpenAI's files."
    def normal(self, name, shape, std, mean=0., half=False):
        x = normal(name, shape, std, mean)
        self[name] = x.half() if half else x
    def linear(self, name, n_out, n_in, std):
        self.normal(f'{name}.weight', (n_out, n_in), std, half=True)
        self.normal(f'{name}.bias', (n_out,), .02, half=True)
    def layer_norm(self, name, n):
        self.normal(f'{name}.weight', (n,), .1, 1.)
        self.normal(f'{name}.bias', (n,), .05)
    def blocks(self, name, width, n):
        for i in range(n):
            block = f'{name}.resblocks.{i}'
            self.normal(f'{block}.attn.in_proj_weight', (3*width, width), width**-.5, half=True)
            self.normal(f'{block}.attn.in_proj_bias', (3*width,), .02, half=True)
            self.linear(f'{block}.attn.out_proj', width, width, width**-.5*(2*n)**-.5*2)
            self.layer_norm(f'{block}.ln_1', width)
            self.linear(f'{block}.mlp.c_fc', 4*width, width, (2*width)**-.5)
            self.linear(f'{block}.mlp.c_proj', width, 4*width, width**-.5*(2*n)**-.5)
            self.layer_norm(f'{block}.ln_2', width)

def clip_state(width:int=64, layers:int=12, patch:int=16, grid:int=14, embed:int=32, text_layers:int=3, vocab:int=49408,
               context:int=77)->dict:
    "All entries; image and text tower have one width."
    sd = State()
    sd.normal('positional_embedding', (context, width), .05)
    sd.normal('text_projection', (width, embed), width**-.5, half=True)
    sd.update(logit_scale=torch.tensor(4.6052), input_resolution=torch.tensor(16*grid),
              context_length=torch.tensor(context), vocab_size=torch.tensor(vocab))
    sd.normal('visual.class_embedding', (width,), .2)
    sd.normal('visual.positional_embedding', (grid*grid+1, width), .2)
    sd.normal('visual.proj', (width, embed), width**-.5, half=True)
    sd.normal('visual.conv1.weight', (width, 3, patch, patch), (3*patch*patch)**-.5, half=True)
    sd.layer_norm('visual.ln_pre', width)
    sd.blocks('visual.transformer', width, layers)
    sd.layer_norm('visual.ln_post', width)
    sd.blocks('transformer', width, text_layers)
    sd.layer_norm('ln_final', width)
    sd.normal('token_embedding.weight', (vocab, width), .02)
    return dict(sd)

def make(path):
    "Write the file: another process that does the same at the same time does no harm."
    tmp = path.with_name(f'.{path.name}.{os.getpid()}.part')
    torch.save(clip_state(), tmp)
    os.replace(tmp, path)
