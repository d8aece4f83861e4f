"""Whatever a camera wrote into a picture, its renditions are upright pixels and nothing else: judged by Pillow, and byte by byte."""

import errno
import io
import pathlib
import struct
import subprocess
import tempfile

import pytest
from PIL import Image, ImageCms, ImageOps, PngImagePlugin

from .worker import NAMES, renditions, run, segments, worker

RED, GREEN, BLUE, WHITE = (220, 20, 20), (20, 200, 20), (20, 20, 220), (250, 250, 250)
CANARY = b"CANARY"
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF>CANARY</rdf:RDF></x:xmpmeta>'

# Tables, the frame and the scan; and, of other versions of libvips, the JFIF segment that says that this is a JPEG.
ALLOWED = {0xE0, 0xDB, 0xC0, 0xC2, 0xC4, 0xDD, 0xDA}


def quarters(width=640, height=400):
    """A picture whose corners tell how it is turned."""
    picture = Image.new("RGB", (width, height), RED)
    picture.paste(GREEN, (width // 2, 0, width, height // 2))
    picture.paste(BLUE, (0, height // 2, width // 2, height))
    picture.paste(WHITE, (width // 2, height // 2, width, height))
    return picture


def exif(orientation):
    """EXIF with an orientation, a camera, a place and an embedded thumbnail."""
    small = io.BytesIO()
    Image.new("RGB", (160, 120), GREEN).save(small, "JPEG", comment=CANARY)
    tags = Image.Exif()
    tags[0x0112] = orientation
    tags[0x010F] = "CANARY Cameras"
    tags[0x8825] = {1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 36.0), 29: "2026:11:26"}
    body = tags.tobytes()
    # A second directory with the thumbnail, as cameras write it, is behind the first one's last link.
    tiff = bytearray(body[6:])
    order = "<" if tiff[:2] == b"II" else ">"
    first = struct.unpack_from(order + "I", tiff, 4)[0]
    link = first + 2 + 12 * struct.unpack_from(order + "H", tiff, first)[0]
    at = len(tiff)
    struct.pack_into(order + "I", tiff, link, at)
    data = at + 2 + 12 * 3 + 4
    tiff += struct.pack(order + "H", 3)
    for tag, kind, value in ((0x0103, 3, 6), (0x0201, 4, data), (0x0202, 4, len(small.getvalue()))):
        tiff += struct.pack(order + "HHI", tag, kind, 1) + (struct.pack(order + "HH", value, 0) if kind == 3 else struct.pack(order + "I", value))
    return body[:6] + bytes(tiff) + struct.pack(order + "I", 0) + small.getvalue()


def app(marker, body):
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def camera_jpeg(orientation):
    """A JPEG with everything that cameras and editors leave in one."""
    out = io.BytesIO()
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    quarters().save(out, "JPEG", quality=95, exif=exif(orientation), icc_profile=profile, comment=CANARY, dpi=(301, 301))
    jpeg = out.getvalue()
    photoshop = b"Photoshop 3.0\x008BIM\x04\x04\x00\x00" + struct.pack(">I", 12) + b"\x1c\x02\x78\x00\x07CANARY!"
    return jpeg[:2] + app(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + XMP) + app(0xED, photoshop) + app(0xEF, CANARY) + jpeg[2:] + CANARY


def corners(picture):
    width, height = picture.size
    return [picture.getpixel((x * width // 8, y * height // 8)) for y in (1, 7) for x in (1, 7)]


def assert_same_look(rendition, expected):
    picture = Image.open(io.BytesIO(rendition)).convert("RGB")
    assert abs(picture.width / picture.height - expected.width / expected.height) < 0.02
    for got, wanted in zip(corners(picture), corners(expected)):
        assert all(abs(a - b) < 8 for a, b in zip(got, wanted)), (got, wanted)


def assert_clean(jpeg):
    found = segments(jpeg)
    assert {marker for marker, _ in found} <= ALLOWED, [hex(marker) for marker, _ in found]
    for body in (body for marker, body in found if marker == 0xE0):
        assert len(body) == 14 and body[:5] == b"JFIF\0" and body[12:] == b"\0\0", "a thumbnail in JFIF"
        assert body[7:12] == b"\x01\x00\x48\x00\x48", "the camera's resolution"
    for trace in (CANARY, b"Exif", b"http:", b"ICC_PROFILE", b"Photoshop", b"8BIM", b"MPF\0"):
        assert trace not in jpeg
    picture = Image.open(io.BytesIO(jpeg))
    assert not picture.getexif() and not {"icc_profile", "exif", "xmp", "comment", "photoshop"} & set(picture.info), picture.info


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_camera_picture_comes_out_upright_and_clean(orientation):
    picture = camera_jpeg(orientation)
    for trace in (CANARY, b"Exif", b"http:", b"ICC_PROFILE", b"8BIM"):
        assert trace in picture, "the picture would prove nothing"
    expected = ImageOps.exif_transpose(Image.open(io.BytesIO(picture)))
    assert expected.size == ((400, 640) if orientation > 4 else (640, 400))
    answer, made = renditions(picture)
    assert (answer["full"]["width"], answer["full"]["height"]) == expected.size
    for name in NAMES:
        assert_clean(made[name])
        assert_same_look(made[name], expected)


def png():
    out, texts = io.BytesIO(), PngImagePlugin.PngInfo()
    texts.add_text("Comment", "CANARY")
    texts.add_text("Long", "CANARY " * 1000, zip=True)
    texts.add_itxt("XML:com.adobe.xmp", XMP.decode())
    quarters().save(out, "PNG", pnginfo=texts, exif=exif(6)[6:], icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(), dpi=(301, 301))
    return out.getvalue()


def webp():
    out = io.BytesIO()
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    quarters().save(out, "WEBP", quality=95, exif=exif(6)[6:], xmp=XMP, icc_profile=profile)
    return out.getvalue()


def heic():
    """As a phone writes it, made by libvips' own tool: HEVC in HEIF, with EXIF, a place and XMP."""
    with tempfile.TemporaryDirectory() as folder:
        at = pathlib.Path(folder)
        (at / "in.jpg").write_bytes(camera_jpeg(1))
        subprocess.run(["vips", "copy", at / "in.jpg", f"{at}/out.heic[compression=hevc,Q=95]"], check=True, capture_output=True, timeout=30)
        picture = (at / "out.heic").read_bytes()
    assert picture[4:12] == b"ftypheic" and CANARY in picture
    return picture


def test_a_phones_heic_comes_out_clean_too():
    for jpeg in renditions(heic())[1].values():
        assert_clean(jpeg)
        assert_same_look(jpeg, quarters())


@pytest.mark.parametrize("picture", [png(), webp()], ids=["png", "webp"])
def test_other_formats_come_out_clean_too(picture):
    assert CANARY in picture
    expected = ImageOps.exif_transpose(Image.open(io.BytesIO(picture))).convert("RGB")
    for jpeg in renditions(picture)[1].values():
        assert_clean(jpeg)
        assert_same_look(jpeg, expected)


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGBA", "I;16", "1"])
def test_every_kind_of_pixel_becomes_srgb(mode):
    picture = quarters() if mode != "I;16" else None
    picture = Image.new("I;16", (640, 400), 40_000) if picture is None else picture.convert(mode)
    if mode in ("LA", "RGBA"):
        picture.putalpha(0)
    out = io.BytesIO()
    picture.save(out, "PNG")
    for jpeg in renditions(out.getvalue())[1].values():
        assert_clean(jpeg)
        look = Image.open(io.BytesIO(jpeg))
        assert look.mode == "RGB"
        if mode in ("LA", "RGBA"):
            assert all(min(pixel) > 245 for pixel in corners(look)), "what is transparent is white"


def test_cmyk_keeps_its_look():
    picture, out = quarters(), io.BytesIO()
    picture.convert("CMYK").save(out, "JPEG", quality=95)
    jpeg = renditions(out.getvalue())[1]["full"]
    assert_clean(jpeg)
    red, green, blue, white = corners(Image.open(io.BytesIO(jpeg)))
    assert red[0] > max(red[1:]) and green[1] > max(green[0], green[2]) and blue[2] > max(blue[:2]) and min(white) > 225


def test_large_pictures_are_made_smaller():
    picture, out = quarters(7300, 5470), io.BytesIO()
    picture.save(out, "JPEG", quality=90, progressive=True)
    answer, made = renditions(out.getvalue())
    assert [answer[name]["width"] for name in NAMES] == [2560, 1280, 320]
    for jpeg in made.values():
        assert_same_look(jpeg, picture)


def test_forty_megapixels_with_alpha_fit_into_the_workers_memory():
    for kind, options in (("PNG", {}), ("WEBP", {"lossless": True, "method": 0})):
        out = io.BytesIO()
        Image.new("RGBA", (7300, 5470), (9, 99, 9, 128)).save(out, kind, **options)
        assert renditions(out.getvalue())[0]["full"]["width"] == 2560


def test_one_pixel_more_is_refused_before_it_is_decoded():
    for size in ((8001, 5000), (12_001, 8)):
        out = io.BytesIO()
        Image.new("1", size).save(out, "PNG")
        assert run(out.getvalue())[0] == {"refused": "too_many_pixels"}


def test_more_than_one_frame_is_refused():
    frames = [Image.new("RGB", (32, 32), (shade, 0, 0)) for shade in range(0, 250, 25)]
    for kind in ("WEBP", "PNG"):
        out = io.BytesIO()
        frames[0].save(out, kind, save_all=True, append_images=frames[1:])
        assert run(out.getvalue())[0] == {"refused": "animated"}
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    assert run(out.getvalue())[0] == {"refused": "unsupported_format"}


TRIED = {"socket", "unix", "open", "create", "stat", "unlink", "fork", "kill", "limits", "exec"}


@pytest.mark.parametrize("picture", [camera_jpeg(1), png(), webp(), heic()], ids=["jpeg", "png", "webp", "heic"])
def test_a_broken_decoder_finds_no_files_no_network_and_no_other_process(picture, tmp_path):
    source = pathlib.Path(__file__).with_name("broken_decoder.c")
    library = tmp_path / "broken_decoder.so"
    subprocess.run(["gcc", "-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", library, source], check=True)
    (tmp_path / "in").write_bytes(picture)
    command = f'LD_PRELOAD={library} exec "$0" 0 {len(picture)} <in 3>full 4>large 5>thumb'
    done = subprocess.run(["bash", "-c", command, worker()], cwd=tmp_path, capture_output=True, timeout=20, env={})
    tried = [line.split() for line in done.stderr.decode().splitlines()]
    assert {name for name, _ in tried} == TRIED, (done.returncode, done.stderr)
    assert {error for _, error in tried} == {str(errno.EPERM)}, tried
    # It was really at work: the renditions come out all the same.
    assert done.returncode == 0 and b'"thumb"' in done.stdout
