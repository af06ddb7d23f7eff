import Glibc
import RESP

// Editing a packed value in the middle, for the types that keep small values behind their key.
extension Slot {
    /// Replaces `removed` bytes of the packed value by room for `inserted`; returns where that room is.
    func splice(
        at offset: Int,
        removing removed: Int,
        inserting inserted: Int
    ) -> UnsafeMutableRawPointer {
        var entry = self.entry
        let oldCount = entry.valueCount
        let newCount = oldCount - removed + inserted
        let tail = oldCount - offset - removed
        if newCount > entry.valueCapacity {
            let larger = entry.copy(valueCount: newCount, expiry: entry.hasExpiry ? entry.expiry : nil)
            let source = entry.valueStart + offset + removed
            (larger.valueStart + offset + inserted).copyMemory(from: source, byteCount: tail)
            replace(with: larger)
            entry.deallocate()
            return larger.valueStart + offset
        }
        memmove(entry.valueStart + offset + inserted, entry.valueStart + offset + removed, tail)
        let fits = entry.resizeValue(to: newCount)
        precondition(fits, "a packed value outgrew its header")
        // A value that lost most of its bytes gives the memory back.
        if newCount + 256 < oldCount / 2 || (removed > 0 && entry.valueCapacity > 2 * newCount + 64) {
            let smaller = entry.copy(valueCount: newCount, expiry: entry.hasExpiry ? entry.expiry : nil)
            replace(with: smaller)
            entry.deallocate()
            entry = smaller
        }
        return entry.valueStart + offset
    }
}
