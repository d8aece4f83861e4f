import HistoryFeature
import LatchkeySecrets
import Testing

/// The tree of RFC 6962, beside what its authors' tests know and beside the definition written down plainly.
@Suite struct `The tree over a chain` {
    private func bytes(_ hex: String) -> [UInt8] {
        stride(from: 0, to: hex.utf8.count, by: 2).compactMap { UInt8(String(Array(hex)[$0...$0 + 1]), radix: 16) }
    }

    /// Of the reference implementation of Certificate Transparency.
    @Test func `has the known roots`() {
        let leaves = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
        let roots = [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c", "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ]
        var tree = MerkleFrontier()
        #expect(Hex.text(tree.root) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        for (leaf, root) in zip(leaves, roots) {
            tree.append(MerkleTree.leaf(bytes(leaf)))
            #expect(Hex.text(tree.root) == root, "\(tree.size)")
        }
    }

    private func root(_ leaves: ArraySlice<[UInt8]>) -> [UInt8] {
        if leaves.isEmpty { return SHA256.hash([]) }
        if leaves.count == 1 { return SHA256.hash([0] + leaves[leaves.startIndex]) }
        var left = 1
        while left * 2 < leaves.count { left *= 2 }
        return SHA256.hash([1] + root(leaves.prefix(left)) + root(leaves.dropFirst(left)))
    }

    @Test func `gives proofs that hold, and for nothing else`() {
        let leaves = (0..<40).map { [UInt8($0), 7] }
        for size in 1...leaves.count {
            let whole = root(leaves.prefix(size))
            func subtree(_ start: Int64, _ count: Int64) -> [UInt8] { root(leaves[Int(start)..<Int(start + count)]) }
            for leaf in 0..<size {
                let path = MerkleTree.inclusion(of: Int64(leaf), in: Int64(size), subtree)
                #expect(Proofs.includes(leaves[leaf], at: leaf, in: size, path, root: whole), "\(leaf) of \(size)")
                #expect(!Proofs.includes([99], at: leaf, in: size, path, root: whole))
                if size > 1 { #expect(!Proofs.includes(leaves[leaf], at: (leaf + 1) % size, in: size, path, root: whole), "\(leaf) of \(size)") }
            }
            for older in 1...size {
                let hashes = MerkleTree.consistency(of: Int64(older), in: Int64(size), subtree)
                let before = root(leaves.prefix(older))
                #expect(Proofs.isConsistent(older, before, size, whole, hashes), "\(older) to \(size)")
                #expect(older == size || !Proofs.isConsistent(older, [1], size, whole, hashes), "\(older) to \(size)")
            }
        }
    }
}

/// Proofs checked as RFC 9162 says, section 2.1.3.2 and 2.1.4.2, which goes another way than making them.
enum Proofs {
    static func includes(_ entry: [UInt8], at leaf: Int, in size: Int, _ path: [[UInt8]], root: [UInt8]) -> Bool {
        var (fn, sn, hash) = (leaf, size - 1, SHA256.hash([0] + entry))
        for step in path {
            if sn == 0 { return false }
            if fn & 1 == 1 || fn == sn {
                hash = SHA256.hash([1] + step + hash)
                while fn & 1 == 0, fn != 0 { (fn, sn) = (fn >> 1, sn >> 1) }
            } else {
                hash = SHA256.hash([1] + hash + step)
            }
            (fn, sn) = (fn >> 1, sn >> 1)
        }
        return sn == 0 && hash == root
    }

    static func isConsistent(_ older: Int, _ olderRoot: [UInt8], _ size: Int, _ root: [UInt8], _ hashes: [[UInt8]]) -> Bool {
        if older == size { return hashes.isEmpty && olderRoot == root }
        var path = hashes[...]
        if older & (older - 1) == 0 { path = ([olderRoot] + hashes)[...] }
        guard let first = path.popFirst() else { return false }
        var (fn, sn) = (older - 1, size - 1)
        while fn & 1 == 1 { (fn, sn) = (fn >> 1, sn >> 1) }
        var (old, new) = (first, first)
        for step in path {
            if sn == 0 { return false }
            if fn & 1 == 1 || fn == sn {
                (old, new) = (SHA256.hash([1] + step + old), SHA256.hash([1] + step + new))
                while fn & 1 == 0, fn != 0 { (fn, sn) = (fn >> 1, sn >> 1) }
            } else {
                new = SHA256.hash([1] + new + step)
            }
            (fn, sn) = (fn >> 1, sn >> 1)
        }
        return old == olderRoot && new == root && sn == 0
    }
}
