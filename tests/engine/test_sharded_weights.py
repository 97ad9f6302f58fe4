"""Weights that FSDP2 has spread over two processes are saved whole, and of an adapter no others."""

import sys
import threading

import pytest
import torch
import torch.distributed as dist
from tiny_model import SHAPE

from studio.libraries.peft_inside import save_adapter
from studio.libraries.sharded_weights import gathered
from tests.other_process import printed


def spread(rank, port, folder):
    """Of one of two processes: the largest tensor that it made whole, and what was gathered."""
    from peft import LoraConfig, PeftModel, get_peft_model
    from torch.distributed.fsdp import fully_shard
    from torch.distributed.tensor import DTensor
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"tcp://127.0.0.1:{port}", rank=rank, world_size=2)
    mesh = dist.device_mesh.init_device_mesh("cpu", (2,))

    def model():
        torch.manual_seed(3)
        made = LlamaForCausalLM(LlamaConfig(vocab_size=64, num_hidden_layers=2, **SHAPE))
        adapted = get_peft_model(made, LoraConfig(r=4, target_modules="all-linear"))
        for name, weight in adapted.named_parameters():
            if "lora_B" in name:
                torch.nn.init.normal_(weight)
        return adapted

    whole, parts = model(), model()
    for layer in parts.base_model.model.model.layers:
        fully_shard(layer, mesh=mesh)
    fully_shard(parts, mesh=mesh)
    ids = torch.arange(10)[None]
    loss = parts(input_ids=ids, labels=ids).loss
    loss.backward()
    largest, real = [0], DTensor.full_tensor

    def counted(tensor, *given, **more):
        largest[0] += tensor.numel()
        return real(tensor, *given, **more)

    DTensor.full_tensor = counted
    found = gathered(parts, first=rank == 0)
    adapter = sum(w.numel() for n, w in whole.named_parameters() if "lora_" in n)
    assert largest[0] == adapter, "no other weight is made whole"
    assert bool(found) == (rank == 0)
    if rank == 0:
        save_adapter(parts, folder, "tiny", found)
    # All of a model's own weights, where they are learnt.
    own = gathered(parts.base_model.model, first=rank == 0)
    dist.barrier()
    if rank == 0:
        again = PeftModel.from_pretrained(whole.unload(), folder)
        assert torch.allclose(again(input_ids=ids, labels=ids).loss, loss.detach(), atol=1e-6)
        assert {type(one) for one in own.values()} == {torch.Tensor}
    dist.destroy_process_group()
    print("saved" if rank == 0 else "helped")


@pytest.mark.long
def test_an_adapter_spread_by_fsdp_is_saved_whole(tmp_path):
    from torch.distributed.elastic.utils.distributed import get_free_port

    port, told = get_free_port(), {}

    def run(rank):
        code = (
            "import sys; sys.path.insert(0, 'tests'); from pathlib import Path; "
            "from tests.engine.test_sharded_weights import spread; "
            f"spread({rank}, {port}, Path({str(tmp_path)!r}))"
        )
        told[rank] = printed(code)

    threads = [threading.Thread(target=run, args=(rank,)) for rank in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert told == {0: "saved", 1: "helped"}, sys.stderr
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"adapter_model.safetensors", "adapter_config.json"}
